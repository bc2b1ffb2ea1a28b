"""Lines of data that could once be broken without a test noticing."""

import pytest

from seqrec_lib.data import DataError, movielens
from seqrec_lib.data.getting import download
from seqrec_lib.data.getting.download import CATALOGUE
from seqrec_lib.data.reading.columns import map_columns


def test_what_may_be_downloaded_has_a_checksum_and_a_limit():
    for name, published in CATALOGUE.items():
        assert int(published.md5, 16) and len(published.md5) == 32, name
        assert 5_000_000 < published.limit < 50_000_000, "the two zips have 4.9 and 5.9 million bytes"


def test_one_column_given_by_the_caller_leaves_the_others_to_their_names():
    asked = {"user": "who", "item": None, "time": None}
    found = map_columns("log.csv", ["who", "item", "time"], asked)
    assert found == {"user": "who", "item": "item", "time": "time"}


def test_a_download_that_is_to_be_silent_is(monkeypatch, tmp_path):
    asked = {}

    def nothing(url, target, **how):
        asked.update(how)
        raise DataError("not fetched")

    monkeypatch.setattr(download, "fetch", nothing)
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path))
    monkeypatch.delenv("SEQREC_DATA", raising=False)
    for progress in (True, False):
        with pytest.raises(DataError, match="not fetched"):
            movielens(progress=progress, timeout=3.0, max_seconds=4.0)
        assert (asked["progress"], asked["timeout"], asked["max_seconds"]) == (progress, 3.0, 4.0)
