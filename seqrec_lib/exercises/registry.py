"""Every exercise of the book, by name."""

from __future__ import annotations

from .chapter01 import CHAPTER_01
from .chapter03 import CHAPTER_03
from .exercise import Exercise

EXERCISES: dict[str, Exercise] = {one.name: one for one in (*CHAPTER_01, *CHAPTER_03)}
