"""Put the scripts of the views, which live beside the book, into the wheel. Used at build time alone."""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools.command.build_py import build_py

FOLDERS = ("toolkit", "views")
SUFFIXES = {".js", ".css"}


class WithViews(build_py):  # type: ignore[misc]
    """Setuptools' ``build_py`` that also copies ``book/assets/{toolkit,views}`` to ``widgets/assets``.

    An editable install copies nothing: the library then reads them where they are.

    Raises:
        FileNotFoundError: the folders are missing, so the wheel would have dead views.
    """

    def _scripts(self) -> list[Path]:
        root = Path("book/assets")
        for folder in FOLDERS:
            if not (root / folder).is_dir():
                raise FileNotFoundError(f"book/assets/{folder} is missing: build from the whole repository")
        files = (path for folder in FOLDERS for path in (root / folder).iterdir())
        return sorted(path for path in files if path.suffix in SUFFIXES)

    def run(self) -> None:
        super().run()
        if getattr(self, "editable_mode", False):
            return
        for path in self._scripts():
            target = Path(self.build_lib, "seqrec_lib/teaching/widgets/assets", *path.parts[2:])
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)

    def get_source_files(self) -> list[str]:
        """What a source archive must hold."""
        return [*super().get_source_files(), *(str(path) for path in self._scripts())]
