"""Lines of data that could once be broken without a test noticing."""

import inspect
import zipfile

import numpy as np
import pandas as pd
import pytest

from seqrec_lib.data import DataError, movielens, read_interactions
from seqrec_lib.data.getting import download
from seqrec_lib.data.getting.download import CATALOGUE
from seqrec_lib.data.getting.fetch import fetch
from seqrec_lib.data.getting.sources import load_source
from seqrec_lib.data.preparing.cleaning import sessions
from seqrec_lib.data.reading.archive import check_members
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


def test_a_world_that_is_nearly_named_is_offered_as_it_is_written():
    with pytest.raises(DataError, match="did you mean world:video"):
        load_source("vidoe")


def test_whole_numbers_too_large_for_a_float_are_times_all_the_same():
    """Nanoseconds of today have 19 digits; a float keeps 16 of them, which is enough for a time."""
    frame = pd.DataFrame({"user": [1, 1], "item": [1, 2], "time": [1700000000000000001, 1700000001000000001]})
    log = read_interactions(frame, time_unit="ns")
    assert (log.times[1] - log.times[0]) == pytest.approx(1.0)


def test_a_date_that_could_be_either_is_settled_by_a_later_row():
    frame = pd.DataFrame({"user": [1, 1], "item": [1, 2], "time": ["01/02/2020", "25/02/2020"]})
    log = read_interactions(frame)
    assert (log.times[1] - log.times[0]) == 24 * 86400


def test_sessions_of_an_empty_log_are_whole_numbers_too():
    frame = pd.DataFrame({"user": [1], "item": [1], "time": [5]})
    log = read_interactions(frame)
    assert sessions(log, 10).dtype == np.int64 == sessions(log.take(np.zeros(0, dtype=np.int64)), 10).dtype


@pytest.mark.parametrize("function", [movielens, fetch])
def test_a_download_shows_its_progress_unless_told_not_to(function):
    assert inspect.signature(function).parameters["progress"].default is True


def test_a_folder_in_a_zip_is_no_member(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("ml/", "")
        archive.writestr("ml/a.txt", "a")
    assert check_members(tmp_path / "x.zip") == ["ml/a.txt"]
