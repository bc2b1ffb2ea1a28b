"""Sentences that errors share: an unknown name, with few names and with many; a full disk."""

import errno

import pytest

from seqrec_lib.files import replace_file
from seqrec_lib.messages import unknown


def test_few_names_are_all_given_and_of_many_the_first_or_the_nearest():
    few, many = [f"name{n}" for n in range(12)], [f"name{n}" for n in range(13)]
    assert all(name in unknown("row", "zzz", few) for name in few)
    assert "…" not in unknown("row", "zzz", few) and "did you mean" not in unknown("row", "zzz", few)
    assert "name11, …" in unknown("row", "zzz", many) and "name12" not in unknown("row", "zzz", many)
    assert "name11" in unknown("row", "name1x", few) and "did you mean" in unknown("row", "name1x", few)
    assert unknown("row", "name12", [*many, "name99"]).startswith("unknown row 'name12': did you mean name12")


@pytest.mark.parametrize("full", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_and_a_full_quota_are_said_alike(tmp_path, full):
    def write(path):
        raise OSError(full, "no space")

    (tmp_path / "kept").write_text("old")
    with pytest.raises(OSError, match="the disk is full; the file from before is kept"):
        replace_file(tmp_path / "kept", write)
    assert (tmp_path / "kept").read_text() == "old"
