"""Clean environments for published notebooks: the wheel, what it requires, and a program to run notebooks.

``newest`` has the newest packages that the registry offers, ``oldest`` exactly the floors of
pyproject.toml. PyTorch is an exception in both: it is the version of requirements.txt, because CPU builds
of older versions cannot be had everywhere; ``--torch floor`` and ``--torch newest`` lift that where they
can (the release workflow does).
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from book import BUILD, ROOT

KINDS = ("newest", "oldest")
RUNNERS = ("nbclient", "ipykernel")
CLEAN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")  # what would let a package of another place in


def floors() -> dict[str, str]:
    """Return the library's requirements: name to the oldest version that pyproject.toml admits."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    block = re.search(r"^dependencies = \[(.*?)^\]", text, flags=re.M | re.S).group(1)
    return dict(re.findall(r'"([\w-]+)>=([\w.]+)"', block))


def practice() -> list[str]:
    """Return the packages of the extra ``practice``, which some chapters use."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return re.findall(r'"([\w-]+)>=', re.search(r"^practice = \[(.*?)\]", text, flags=re.M | re.S).group(1))


def pin(name: str) -> str:
    """Return the version of ``name`` in requirements.txt."""
    text = (ROOT / "requirements.txt").read_text(encoding="utf-8")
    return re.search(rf"^{name}==([\w.]+)$", text, flags=re.M).group(1)


def wanted(kind: str, torch: str = "pin") -> list[str]:
    """Return what pip is asked for besides the wheel."""
    exact = floors() if kind == "oldest" else {}
    named = {name: f"{name}=={exact[name]}" if name in exact else name for name in floors()}
    named["torch"] = {
        "pin": f"torch=={pin('torch')}",
        "floor": f"torch=={floors()['torch']}",
        "newest": "torch",
    }[torch]
    return [*named.values(), *practice(), *RUNNERS]


def clean_variables(folder: Path, **more: str) -> dict[str, str]:
    """Return environment variables under which only the environment's own packages are found."""
    kept = {key: value for key, value in os.environ.items() if key not in CLEAN}
    one = {"OMP_NUM_THREADS": "1", "PYTHONNOUSERSITE": "1", "JUPYTER_DATA_DIR": str(folder / "jupyter")}
    return {**kept, **one, "MPLBACKEND": "agg", **more}


def make_environment(kind: str, wheel: Path, torch: str = "pin", interpreter: str = sys.executable) -> Path:
    """Make or refresh ``_build/environments/KIND`` and return its Python.

    ``interpreter`` is the Python to make it with. The newest is brought up to date each time; the oldest
    is kept while its versions are what is asked for.
    The library itself is **not** left in it: the set-up cell of the notebooks is to install it.
    """
    folder = BUILD / "environments" / kind
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    mark = folder / "made-for.json"
    asked = [interpreter, *wanted(kind, torch)]
    if not mark.is_file() or json.loads(mark.read_text(encoding="utf-8")) != asked:
        mark.unlink(missing_ok=True)
        subprocess.run([interpreter, "-m", "venv", "--clear", str(folder)], check=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet"]
    flags = shlex.split(os.environ.get("PIP_FLAGS", ""))
    newest = ["--upgrade", "--upgrade-strategy", "eager"] if kind == "newest" else []
    variables = clean_variables(folder)
    if kind == "newest" or not mark.is_file():
        install = [*pip, "install", *flags, *newest, str(wheel), *asked[1:]]
        subprocess.run(install, check=True, env=variables, stderr=subprocess.DEVNULL)
    subprocess.run([*pip, "uninstall", "--yes", "seqrec_lib"], check=True, env=variables)
    mark.write_text(json.dumps(asked), encoding="utf-8")
    return python


def versions(python: Path) -> dict[str, str]:
    """Return Python's version and those of the library's requirements in an environment."""
    code = (
        "import json, platform, sys; from importlib.metadata import version; "
        "print(json.dumps({'python': platform.python_version(), **{n: version(n) for n in sys.argv[1:]}}))"
    )
    command = [str(python), "-I", "-c", code, *floors(), *RUNNERS]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


if __name__ == "__main__":
    print(json.dumps({kind: wanted(kind) for kind in KINDS}, indent=1), file=sys.stdout)
