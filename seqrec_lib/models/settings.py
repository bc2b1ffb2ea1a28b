"""What defines a model: a frozen dataclass of plain values for each family, over one small base."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, ClassVar

from ..messages import InputError, unknown

if TYPE_CHECKING:
    from .recommender import Model


@dataclass(frozen=True)
class Settings:
    """The settings that every family has; a family's own dataclass adds its own.

    Attributes:
        model: the recipe's name. n_items: V. max_len: longest history, T. dim: D, the width of item vectors
            and states. dropout: share of numbers set to 0 in training.

    Raises:
        InputError: a size below 1, dropout outside 0 to 1, a word that is none of its ``choices``.
    """

    model: str
    n_items: int
    max_len: int = 50
    dim: int = 64
    dropout: float = 0.2

    may_be_zero: ClassVar[tuple[str, ...]] = ()  # whole numbers whose 0 has a meaning

    # The words that a setting may be, by its name.
    choices: ClassVar[dict[str, tuple[str, ...]]] = {}

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            least = 0 if field.name in self.may_be_zero else 1
            if isinstance(value, int) and not isinstance(value, bool) and value < least:
                raise InputError(f"{field.name} is {value}: it must be at least {least}")
        if not 0 <= self.dropout < 1:
            raise InputError(f"dropout is {self.dropout}: it must be at least 0 and below 1")
        for name, words in self.choices.items():
            if getattr(self, name) not in words:
                raise InputError(unknown(name, getattr(self, name), words))

    @property
    def timed(self) -> bool:
        """Whether the model cannot do without times."""
        return False

    def idle(self) -> dict[str, str]:
        """The settings that change nothing beside the others, each with the reason."""
        return {}

    def build(self) -> Model:
        """A new model with these settings; its weights come from torch's global random state."""
        raise NotImplementedError(f"{type(self).__name__} builds no model")

    def as_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class TableSettings(Settings):
    """How item vectors are kept.

    Attributes:
        table: ``full``, one row an item; ``hashed``, ``qr`` and ``codes`` are smaller and trained so;
            ``bf16``, ``int8``, ``int4`` and ``sparse`` are made of a trained table (``encoders.tables``).
        shared_rows: of ``hashed`` and ``qr``. pieces: M, of ``codes``. kept: share of the numbers that
            ``sparse`` keeps.
    """

    table: str = "full"
    shared_rows: int = 1000
    pieces: int = 8
    kept: float = 0.1

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.table != "full":
            from ..encoders.tables import TABLES  # few models have another table

            if self.table not in TABLES:
                raise InputError(unknown("table", self.table, TABLES))
        if self.table == "codes" and self.dim % self.pieces:
            raise InputError(f"pieces is {self.pieces}: it must divide dim, which is {self.dim}")
        if not 0 < self.kept <= 1:
            raise InputError(f"kept is {self.kept}: it must be above 0 and at most 1")

    def idle(self) -> dict[str, str]:
        found = {}
        if self.table not in ("hashed", "qr"):
            found["shared_rows"] = "table is neither hashed nor qr"
        if self.table != "codes":
            found["pieces"] = "table is not codes"
        if self.table != "sparse":
            found["kept"] = "table is not sparse"
        return found
