"""The library's rooms: who may import whom, no rings, and what a bare import brings."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from habits import ROOT
from rooms import ROWS, module_graph, rings, room_faults, room_of

LIBRARY = sorted((ROOT / "seqrec_lib").rglob("*.py"))


@pytest.mark.parametrize("path", LIBRARY, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_room_imports_only_rooms_above_it(path):
    name = PurePosixPath(path.relative_to(ROOT).as_posix())
    assert not room_faults(path.read_text(encoding="utf-8"), name)


def test_every_row_of_the_rule_but_the_practice_rooms_is_there():
    there = {room_of(PurePosixPath(path.relative_to(ROOT).as_posix())) for path in LIBRARY}
    practice = next(row for row in ROWS if "privacy" in row)
    missing = {room for row in ROWS if row != practice for room in row} - there
    assert not missing


def test_an_import_from_below_is_noticed():
    path = PurePosixPath("seqrec_lib/data/splits.py")
    assert room_faults("from ..models import build", path)
    assert room_faults("from .. import models", path)
    assert room_faults("def f():\n    import seqrec_lib.training.loop", path)
    assert room_faults("from seqrec_lib import evaluation", path)
    assert not room_faults(
        "from ..device import pick_device\nfrom .errors import DataError\nimport torch", path
    )
    assert room_faults("", PurePosixPath("seqrec_lib/attic.py"))


def test_an_import_from_beside_and_from_teaching_is_noticed():
    assert room_faults("from ..heads import MLP", PurePosixPath("seqrec_lib/encoders/gru.py"))
    assert room_faults("from ..teaching.figures import show", PurePosixPath("seqrec_lib/cli/text.py"))
    assert room_faults("from ...teaching import prose", PurePosixPath("seqrec_lib/data/worlds/world.py"))


def test_no_modules_import_each_other():
    assert not rings(module_graph(ROOT))


def test_a_ring_is_noticed():
    assert rings({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == [["b", "c"]]
    assert not rings({"a": {"b", "c"}, "b": {"c"}, "c": set()})
