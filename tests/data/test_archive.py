"""A zip made to do harm is refused, and nothing is ever written outside."""

import stat
import zipfile

import pytest
from tiny_logs import layout_100k, write_zip

from seqrec_lib.data import DataError, movielens, read_interactions
from seqrec_lib.data.reading.archive import check_members, read_member

CLIMBERS = ["../evil.txt", "ml-100k/../../evil.txt", "/etc/evil.txt", "C:\\evil.txt", "..\\evil.txt"]


@pytest.mark.parametrize("name", CLIMBERS)
def test_an_entry_that_climbs_out(tmp_path, name):
    place = tmp_path / "deep" / "in"
    place.mkdir(parents=True)
    path = write_zip(place / "ml-100k.zip", {**layout_100k(), name: b"evil"})
    for call in (lambda: read_interactions(path), lambda: movielens("ml-100k", folder=place)):
        with pytest.raises(DataError, match=r"climbs out of the folder: do not trust this zip"):
            call()
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["ml-100k.zip"]


def test_a_link(tmp_path):
    path = write_zip(tmp_path / "a.zip", layout_100k())
    with zipfile.ZipFile(path, "a") as archive:
        entry = zipfile.ZipInfo("ml-100k/link")
        entry.create_system = 3  # Unix: the upper half of external_attr is the file's mode
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(DataError, match="entry 'ml-100k/link' is a link: do not trust this zip"):
        read_interactions(path)


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"ml-100k/u.data": bytes(5_000_000)})
    assert path.stat().st_size < 20_000
    with pytest.raises(DataError, match="5,000,000 bytes when unpacked, the limit is 1,000,000"):
        check_members(path, limit=1_000_000)


def test_a_member_longer_than_the_limit(tmp_path):
    path = write_zip(tmp_path / "a.zip", {"u.data": bytes(2_000)})
    assert len(read_member(path, "u.data", limit=2_000)) == 2_000
    with pytest.raises(DataError, match="u.data is longer than 1,999 bytes"):
        read_member(path, "u.data", limit=1_999)


def test_a_damaged_member(tmp_path):
    path = write_zip(tmp_path / "a.zip", layout_100k())
    text = bytearray(path.read_bytes())
    text[60:64] = b"\xff\xff\xff\xff"
    path.write_bytes(bytes(text))
    with pytest.raises(
        DataError, match=r"a\.zip: ml-100k/u\.data inside cannot be read .*fetch the zip again"
    ):
        read_interactions(path)
