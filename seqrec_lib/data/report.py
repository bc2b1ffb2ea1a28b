"""What was read, what was dropped and why: a small record that prints well."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Dropped:
    """``count`` things of one kind (``what``, for example ``interactions``) that went, and why."""

    count: int
    what: str
    why: str

    def __str__(self) -> str:
        what = self.what[:-1] if self.count == 1 else self.what  # 1 item, 2 items
        return f"{self.count:,} {what}: {self.why}"


@dataclass(frozen=True)
class Report:
    """The story of a log from the file to the split.

    A report never changes: :meth:`drop` and :meth:`note` return a longer one, so a log that is
    filtered twice in two ways has two reports.

    Attributes:
        source: the file, folder or world that the log came from.
        rows_read: interactions found there, before anything was dropped.
        dropped: what went, in order.
        notes: what was decided on the reader's behalf, in order.
    """

    source: str = "memory"
    rows_read: int = 0
    dropped: tuple[Dropped, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())

    def drop(self, count: int, what: str, why: str) -> Report:
        """Return the report with one more entry under "dropped"; nothing changes if ``count`` is 0."""
        if not count:
            return self
        return replace(self, dropped=(*self.dropped, Dropped(int(count), what, why)))

    def note(self, text: str) -> Report:
        """Return the report with one more note."""
        return replace(self, notes=(*self.notes, text))

    def as_dict(self) -> dict[str, object]:
        """Return plain values, ready for JSON."""
        return {
            "source": self.source,
            "rows_read": self.rows_read,
            "dropped": [{"count": d.count, "what": d.what, "why": d.why} for d in self.dropped],
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        lines = [f"{self.source}: {self.rows_read:,} interactions read"]
        lines += [f"  dropped  {entry}" for entry in self.dropped] or ["  dropped  nothing"]
        lines += [f"  note     {text}" for text in self.notes]
        return "\n".join(lines)
