"""Sentences that errors share: an unknown name, with few names and with many; a full disk."""

import errno
import gettext
import os
import stat
from pathlib import Path

import pytest

from seqrec_lib import messages
from seqrec_lib.files import replace_file
from seqrec_lib.messages import unknown

NULL = gettext.NullTranslations()


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


def test_of_exactly_twelve_names_all_are_given_beside_the_nearest():
    names = [f"name{n}" for n in range(12)]
    assert unknown("thing", "name1x", names).endswith(f"use one of {', '.join(names)}")
    assert "use one of" not in unknown("thing", "name1x", [*names, "another"])


def test_translations_are_looked_for_beside_the_library(monkeypatch):
    asked = []
    monkeypatch.setattr(
        messages.gettext, "translation", lambda domain, folder, **_: asked.append((domain, folder)) or NULL
    )
    messages._catalogue.cache_clear()
    assert messages.message("a sentence", "xx") == "a sentence"
    messages._catalogue.cache_clear()
    assert asked == [("seqrec_lib", Path(messages.__file__).parent / "locale")]


def test_a_file_is_made_last_with_its_name_and_nothing_stays_open(monkeypatch, tmp_path):
    synced, real = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.fstat(handle)) or real(handle))
    before = os.listdir("/dev/fd") if os.path.isdir("/dev/fd") else []
    replace_file(tmp_path / "x", lambda temporary: temporary.write_bytes(b"x"))
    folders = [stat.S_ISDIR(one.st_mode) for one in synced]
    assert folders == ([False, True] if os.name == "posix" else [False])
    assert not before or len(os.listdir("/dev/fd")) == len(before)
