"""A whole path that a docstring points to is there: a reader who follows it must not end in nothing."""

import re
from pathlib import Path
from pkgutil import resolve_name

import seqrec_lib

ROLE = re.compile(r":(?:func|class|meth|mod|attr):`~?(seqrec_lib[\w.]+)`")
HOUSE = Path(seqrec_lib.__file__).parent


def is_there(path):
    try:
        resolve_name(path)
    except (ImportError, AttributeError):
        return False
    return True


def test_a_wrong_path_is_noticed():
    assert is_there("seqrec_lib.evaluation.metrics.rank_counts")
    assert not is_there("seqrec_lib.metrics.rank_counts")
    assert not is_there("seqrec_lib.evaluation.metrics.rank_count")


def test_docstrings_point_at_what_is_there():
    files = sorted(HOUSE.rglob("*.py"))
    paths = {path: one.name for one in files for path in ROLE.findall(one.read_text(encoding="utf-8"))}
    assert len(paths) >= 4
    assert not [f"{name}: {path}" for path, name in paths.items() if not is_there(path)]
