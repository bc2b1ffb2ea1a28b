"""What is imported when: the library without teaching, one exercise without the others."""

import subprocess
import sys

import pytest

from seqrec_lib.teaching.exercises.shelf import EXERCISES, Shelf


def loaded(code: str) -> set[str]:
    """The modules that a fresh Python has loaded after ``code``."""
    code += "; import sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


def exercises_in(modules: set[str]) -> set[str]:
    return {m for m in modules if "exercises.chapter" in m and m.count(".") == 4}


def test_the_library_loads_nothing_of_teaching():
    modules = loaded("import seqrec_lib, seqrec_lib.data")
    assert "seqrec_lib" in modules
    assert not [m for m in modules if m.startswith("seqrec_lib.teaching")]
    assert "matplotlib" not in modules and "IPython" not in modules


def test_check_loads_the_exercise_that_is_asked_for_and_no_other():
    modules = loaded("from seqrec_lib import check; check('next-item-pairs', len)")
    assert exercises_in(modules) == {"seqrec_lib.teaching.exercises.chapter01.next_item_pairs"}
    assert not [m for m in modules if "exercises.listing" in m]
    assert not [m for m in modules if m.split(".")[0] in ("matplotlib", "ipywidgets", "anywidget")]


def test_an_unknown_name_loads_no_exercise():
    assert not exercises_in(loaded("from seqrec_lib import check; check('next-item', len)"))


def test_the_shelf_is_read_from_the_folders():
    assert list(EXERCISES) == sorted(EXERCISES, key=lambda name: EXERCISES.modules[name])
    assert len(EXERCISES) == len(list(EXERCISES)) >= 25
    assert "next-item-pairs" in EXERCISES and "next_item_pairs" not in EXERCISES
    with pytest.raises(KeyError):
        EXERCISES["next_item_pairs"]


def test_a_new_exercise_needs_its_file_alone(tmp_path, monkeypatch):
    for chapter, name in (("chapter01", "one_more"), ("chapter02", "_helper"), ("chapter02", "another")):
        (tmp_path / "toy" / chapter).mkdir(parents=True, exist_ok=True)
        (tmp_path / "toy" / chapter / f"{name}.py").write_text(f"EXERCISE = {name!r}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    shelf = Shelf("toy", tmp_path / "toy")
    assert dict(shelf) == {"one-more": "one_more", "another": "another"}
    (tmp_path / "toy" / "chapter02" / "one_more.py").write_text("EXERCISE = 2\n")
    with pytest.raises(ValueError, match="two exercises of one name"):
        list(Shelf("toy", tmp_path / "toy"))
