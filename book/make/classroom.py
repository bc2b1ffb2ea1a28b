"""Make one archive for a class without internet: pages, notebooks, and every wheel that is needed.

    make classroom [OUT=_build/classroom] [WHEELS=list]

The archive holds the rendered site, the published notebooks with links to those pages, the library's
wheel, and the wheels of all that it and Jupyter need on **this** kind of machine and this Python. The
worlds are simulated on the spot, so there is no data to bring. With ``WHEELS=list``, or where the wheels
are larger than LIMIT (PyTorch with CUDA is), the archive has the list of wheels and says how to fill the
folder from it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import library_wheel as wheel
import publish
from environments import floors, pin, practice
from published.names import Names
from published.setup_cell import Publication

import book

WIDGETS = ("anywidget", "ipywidgets")
LIMIT = 1_500_000_000  # bytes of wheels: what still fits on a small USB stick with room to unpack
README = """# {title}: for a class without internet

Made from {commit} for {machine} and Python {python}.
Unpack this archive, open a terminal in its folder, and say

    {python_command} -m venv seqrec
    {pip} install --no-index --find-links wheels -r wheels/requirements.txt
    {jupyter} lab notebooks

The second takes a minute or two and needs no network. The pages of the book: open `site/index.html`.

- `notebooks`: one for each chapter. Their first code cell finds the library installed and does nothing.
- `site`: the rendered book. A few things, such as the search, want a server:
  `{python_command} -m http.server --directory site`
- `wheels`: the library, what it needs, and JupyterLab. {note}
- Data: the worlds are simulated by the library. For MovieLens put `ml-100k.zip` into `notebooks/seqrec-data`;
  its licence does not let us pack it.
"""


def jupyter_pin() -> str:
    """Return the version of JupyterLab that the Makefile installs for `make lab`."""
    text = (book.ROOT / "Makefile").read_text(encoding="utf-8")
    return re.search(r"jupyterlab==[\d.]+", text).group()


def requirements() -> list[str]:
    """Return the exact versions that are packed; views, controls and some chapters want more packages."""
    more = (f"{name}=={pin(name)}" for name in (*WIDGETS, *practice()))
    return [
        *(f"{name}=={pin(name)}" for name in floors()),
        *more,
        jupyter_pin(),
        f"ipykernel=={pin('ipykernel')}",
    ]


def bring_wheels(folder: Path, built: Path) -> list[Path]:
    """Bring every wheel that is needed into ``folder``, which keeps those of an earlier call; return them."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("seqrec_lib-*.whl"):
        old.unlink()
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    pip += ["--only-binary", ":all:", "--dest", str(folder), *shlex.split(os.environ.get("PIP_FLAGS", ""))]
    command = [*pip, str(built), *requirements()]
    subprocess.run(command, check=True, cwd=book.BUILD, stderr=subprocess.DEVNULL)
    return sorted(folder.glob("*.whl"))


def listing(wheels: list[Path]) -> str:
    """Return the wheels with their sizes and checksums, in the form that pip can check (--require-hashes)."""
    lines = ["# name, version and checksum of every wheel; sizes in bytes beside them"]
    for path in wheels:
        name, version = path.name.split("-")[:2]
        checksum = hashlib.sha256(path.read_bytes()).hexdigest()
        lines.append(f"# {path.name}: {path.stat().st_size}")
        if name != "seqrec_lib":
            lines.append(f"{name}=={version} --hash=sha256:{checksum}")
    return "\n".join(lines) + "\n"


def readme(built: Path, packed: bool) -> str:
    windows = os.name == "nt"
    folder = r"seqrec\Scripts" + "\\" if windows else "seqrec/bin/"
    note = "All are here." if packed else (
        "Only the list is here: where there is a network, fill the folder with "
        f"`{folder}pip download --dest wheels --no-deps -r wheels/list.txt`."
    )  # fmt: skip
    title = re.search(r"^title: (.+)$", (book.ROOT / "_config.yml").read_text(encoding="utf-8"), flags=re.M)
    return README.format(
        title=title.group(1),
        commit=f"commit {wheel.commit()}" if wheel.commit() else built.name.split("-")[1],
        machine=f"{platform.system()} on {platform.machine()}",
        python=".".join(platform.python_version_tuple()[:2]),
        python_command="py" if windows else "python3",
        pip=f"{folder}pip",
        jupyter=f"{folder}jupyter",
        note=note,
    )


def fill(folder: Path, built: Path, wheels: list[Path], packed: bool) -> None:
    """Lay everything out in ``folder`` as it will be in the archive."""
    names = Names.read(book.BUILD / "names.json", "../site/")
    publication = Publication(names, wheel.version(), (f"../wheels/{built.name}",))
    shutil.copytree(book.BUILD / "html", folder / "site")
    publish.fill_pages(folder / "site", publication, notebooks="../../notebooks/")
    for path in publish.write_notebooks(folder / "notebooks", publication):
        shutil.move(path, folder / "notebooks" / path.name)
    (folder / "notebooks" / "book").rmdir()
    (folder / "wheels").mkdir()
    shutil.copy(built, folder / "wheels")
    lines = [f"seqrec_lib=={wheel.version()}", *requirements()]
    (folder / "wheels" / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "wheels" / "list.txt").write_text(listing(wheels), encoding="utf-8")
    (folder / "README.md").write_text(readme(built, packed), encoding="utf-8")
    for name in ("LICENSE", "LICENSE-TEXT"):
        shutil.copy(book.ROOT / name, folder)


def pack(folder: Path, wheels: list[Path], target: Path) -> None:
    """Write ``folder`` and the wheels as one zip; wheels are compressed already and stored as they are."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            archive.write(path, Path(folder.name) / path.relative_to(folder))
        for path in wheels:
            if not (folder / "wheels" / path.name).is_file():
                archive.write(path, Path(folder.name) / "wheels" / path.name, zipfile.ZIP_STORED)


def size(paths) -> int:
    return sum(path.stat().st_size for path in paths)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=book.BUILD / "classroom")
    parser.add_argument("--wheels", choices=("pack", "list"), default="pack")
    asked = parser.parse_args()
    status = book.main()
    if status:
        return status
    built = wheel.build_wheel(book.BUILD / "wheel")
    wheels = bring_wheels(book.BUILD / "wheels", built)
    packed = asked.wheels == "pack" and size(wheels) <= LIMIT
    name = f"seqrec-class-{wheel.version().split('+')[-1]}"
    asked.out.mkdir(parents=True, exist_ok=True)
    folder = asked.out / name
    shutil.rmtree(folder, ignore_errors=True)
    fill(folder, built, wheels, packed)
    target = asked.out / f"{name}.zip"
    for old in asked.out.glob("seqrec-class-*.zip"):
        old.unlink()
    pack(folder, wheels if packed else [], target)
    site = size(p for p in (folder / "site").rglob("*") if p.is_file())
    shutil.rmtree(folder)
    print(f"The archive is {target}: {target.stat().st_size / 1e6:.0f} MB")
    print(f"  site {site / 1e6:.0f} MB unpacked; {len(wheels)} wheels {size(wheels) / 1e6:.0f} MB", end="")
    print(", packed" if packed else ", not packed: the archive has their list")
    for path in sorted(wheels, key=lambda p: -p.stat().st_size)[:4]:
        print(f"  {path.name}: {path.stat().st_size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
