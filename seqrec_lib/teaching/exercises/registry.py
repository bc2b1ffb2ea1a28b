"""Every exercise of the book, by name."""

from __future__ import annotations

from .chapter01 import CHAPTER_01
from .chapter02 import CHAPTER_02
from .chapter03 import CHAPTER_03
from .chapter09 import CHAPTER_09
from .exercise import Exercise

CHAPTERS = (*CHAPTER_01, *CHAPTER_02, *CHAPTER_03, *CHAPTER_09)
EXERCISES: dict[str, Exercise] = {one.name: one for one in CHAPTERS}
