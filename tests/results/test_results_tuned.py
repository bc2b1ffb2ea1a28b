"""Step sizes of the stored studies: the best lies inside the ladder, and the rows that are told have it."""

import pytest

from seqrec_lib.results import load_results

CLICKS, FAMILY, MEMORY = (load_results(name) for name in ("clicks", "family", "memory"))
HEADS = ("logistic", "fm", "mlp-clicks", "din", "dien")
SAME_STEP = "2 heads, step size of 1 head"


def inside(values, best):
    """``values``: step size to how good it was. Whether ``best`` is the best and not at an end."""
    assert len(values) >= 3 and max(values, key=values.get) == best
    return min(values) < best < max(values)


@pytest.mark.parametrize("head", HEADS)
def test_heads_of_clicks(head):
    tuned = CLICKS.where(part="lr", model=head).rows
    values = {row["settings"]["lr"]: -row["validation"]["log-loss"] for row in tuned}
    told = {row["settings"]["lr"] for row in CLICKS.rows if row["part"] != "lr" and row["model"] == head}
    assert len(told) == 1 and inside(values, *told)
    assert {row["world_seed"] for row in tuned}.isdisjoint(
        row["world_seed"] for row in CLICKS.rows if row["part"] != "lr"
    )


@pytest.mark.parametrize("world", ["ads", "shop"])
def test_the_gates_of_dien_stand_beside_their_controls_in_both_worlds(world):
    rows = CLICKS.where(part="dien", world=world).rows
    assert {(row["variant"], row["seed"]) for row in rows} == {
        (f"{who}'s gate{loss}", seed)
        for who in ("paper", "code")
        for loss in ("", ", auxiliary loss")
        for seed in range(3)
    }


@pytest.mark.parametrize("part", ["heads", "relative", "levels", "bi"])
def test_forms_of_attention(part):
    told = {(row["variant"], row["world"]) for row in FAMILY.where(part=part).rows}
    assert len(told) > 1
    for variant, world in told - {(SAME_STEP, "video")}:
        tuned = FAMILY.where(part=f"{part}, tuning", variant=variant, world=world).rows
        rows = FAMILY.where(part=part, variant=variant, world=world).rows
        (rate,) = {row["lr"] for row in rows}
        assert inside({row["lr"]: row["validation"]["NDCG@10"] for row in tuned}, rate)
        assert sorted(row["seed"] for row in rows) == [0, 1, 2]
        assert {row["users"] for row in tuned}.isdisjoint(row["users"] for row in rows)


def test_two_heads_were_also_trained_with_the_step_size_of_one():
    one, same = (FAMILY.where(part="heads", variant=name).rows for name in ("1 head", SAME_STEP))
    assert {row["lr"] for row in one} == {row["lr"] for row in same}
    assert [row["seed"] for row in same] == [0, 1, 2]
    assert {row["settings"]["heads"] for row in same} == {2}


def test_numbers_of_distances_that_were_never_trained_do_most_of_the_harm():
    for form in ("distance", "buckets"):
        for row in FAMILY.where(part="relative", variant=form).rows:
            lost, mended = row["longer_minus_trained"], row["mended_minus_trained"]
            assert lost[2] < 0 and mended[0] > lost[0] / 3


@pytest.mark.parametrize("variant", sorted({row["variant"] for row in MEMORY.where(part="report").rows}))
def test_encoders(variant):
    tuned = MEMORY.where(part="tuning", variant=variant.removesuffix(", wider")).rows
    (rate,) = {row["lr"] for row in MEMORY.where(part="report", variant=variant).rows}
    assert {row["lag"] for row in tuned} == {"8-14"}
    assert inside({row["lr"]: row["test"]["NDCG@10"] for row in tuned}, rate)


@pytest.mark.parametrize("model", ["gru4rec", "narm", "stamp"])
def test_readers_of_sessions_on_films(model):
    rows = load_results("sessions").where(model=model)
    told = rows.where(part="report").rows
    (rate,) = {row["lr"] for row in told}
    tuned = {row["lr"]: row["validation"]["NDCG@10"] for row in rows.where(part="tuning").rows}
    assert inside(tuned, rate) and sorted(row["seed"] for row in told) == [0, 1, 2]
    same = {**told[0]["settings"], "seed": 0, "lr": 0}
    assert all({**row["settings"], "seed": 0, "lr": 0} == same for row in rows.rows)


ORDER = load_results("two_stages")
READERS = sorted({row["variant"] for row in ORDER.where(part="order").rows})


@pytest.mark.parametrize("variant", READERS)
def test_readers_where_order_matters(variant):
    tuned = ORDER.where(part="order, tuning", variant=variant).rows
    tried = {row["lr"]: row["test"]["NDCG@10"] for row in tuned}
    best = max(tried, key=tried.get)
    assert len(tried) >= 3 and min(tried) < best
    for world in ("video", "no succession", "taste alone"):
        rows = ORDER.where(part="order", variant=variant, world=world, lr=best).rows
        assert [row["seed"] for row in rows] == [0, 1, 2]


def test_what_one_step_size_for_all_would_say_is_stored_too():
    for variant in ("GRU4Rec", "NARM", "NARM, last state alone", "STAMP"):
        rows = ORDER.where(part="order", variant=variant, world="video", lr=0.01).rows
        assert [row["seed"] for row in rows] == [0, 1, 2]
