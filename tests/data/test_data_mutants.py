"""Lines of data that could once be broken without a test noticing."""

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
