"""The sentence for an unknown name, with few names and with many."""

from seqrec_lib.messages import unknown


def test_few_names_are_all_given_and_of_many_the_first_or_the_nearest():
    few, many = [f"name{n}" for n in range(12)], [f"name{n}" for n in range(13)]
    assert all(name in unknown("row", "zzz", few) for name in few)
    assert "…" not in unknown("row", "zzz", few) and "did you mean" not in unknown("row", "zzz", few)
    assert "name11, …" in unknown("row", "zzz", many) and "name12" not in unknown("row", "zzz", many)
    assert "name11" in unknown("row", "name1x", few) and "did you mean" in unknown("row", "name1x", few)
    assert unknown("row", "name12", [*many, "name99"]).startswith("unknown row 'name12': did you mean name12")
