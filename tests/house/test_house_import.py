"""``import seqrec_lib`` stays small, also once there are many families, and brings nothing of teaching."""

import json
import subprocess
import sys

from habits import ROOT

from seqrec_lib.models.registry import FILES

AT_MOST = 70  # modules of our own
READING_PATH = (
    "attention/functions.py",
    "attention/layers.py",
    "encoders/recurrent.py",
    "heads/mlp.py",
    "heads/tied.py",
    "models/next_item.py",
    "models/seqrec.py",
)


def loaded(code: str) -> list[str]:
    """The library's modules that a fresh Python holds after ``code``."""
    report = "import json, sys; print(json.dumps([m for m in sys.modules if m.startswith('seqrec_lib')]))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; {report}"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_a_bare_import_loads_few_modules_and_no_teaching():
    modules = loaded("import seqrec_lib")
    assert len(modules) <= AT_MOST, f"{len(modules)} modules: import what few need where it is used"
    assert not [name for name in modules if ".teaching" in name or ".cli" in name or ".worlds" in name]


def test_a_family_is_imported_when_one_of_its_recipes_is_asked_for():
    others = set(FILES.values()) - {"seqrec"}  # the article's model is one of the few public names
    modules = loaded("import seqrec_lib")
    assert others and not [name for name in modules if name.rpartition(".")[2] in others]
    assert "seqrec_lib.models.sasrec" in loaded("from seqrec_lib.models import RECIPES; RECIPES['sasrec']")


def test_every_public_name_is_there():
    import seqrec_lib
    from seqrec_lib import data

    for package in (seqrec_lib, data):
        for name in package.__all__:
            assert getattr(package, name) is not None
            assert name in dir(package) or name == "check"


def test_the_reading_path_is_small():
    """What a reader needs to understand the article's model, on torch alone."""
    texts = [(ROOT / "seqrec_lib" / part).read_text(encoding="utf-8") for part in READING_PATH]
    assert sum(len(text.splitlines()) for text in texts) <= 600
    needed = {
        line.split()[1].split(".")[0]
        for text in texts
        for line in text.splitlines()
        if line.startswith(("import ", "from ")) and not line.startswith("from .")
    }
    assert needed - set(sys.stdlib_module_names) == {"torch"}


def test_the_readme_names_the_reading_path_first():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.split("## The library alone")[1]
    places = [section.find(f"`{part}`") for part in READING_PATH]
    assert -1 not in places and max(places) < section.find("```")
