"""Everything that defines a model, in one dataclass of plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """A model's settings; with them and its weights a model can be built again.

    Attributes:
        model: the recipe's name. n_items: V. max_len: longest history, T.
        dim: D, the width of item vectors and states. encoder: ``rnn``, ``lstm``, ``gru`` or
            ``transformer``. layers: of the encoder (blocks of a Transformer). heads: H, of attention.
        attention: ``scaled``, ``dot``, ``additive``, ``mean`` or ``none``.
        project_values: whether heads project values and are mixed (see ``SelfAttention``).
        distance: whether attention learns a number for each distance between query and key.
        head: ``mlp`` or ``dot``. mlp_width: inner width of the MLP.
        tied: whether items are scored with their input embeddings. dropout: share of numbers set
            to 0 in training, on item vectors and inside the head. packed: see the recurrent encoder.
        norm, ff_width: of a Transformer's blocks: ``pre``, ``post`` or ``query``; feed-forward width.
        scale_items: multiply item vectors by sqrt(D) on their way in (Vaswani et al. 2017, section 3.4); they
            then start 0.02 wide, so that scores start near 0 and the encoder still sees them.
    """

    model: str
    n_items: int
    max_len: int = 50
    dim: int = 64
    encoder: str = "lstm"
    layers: int = 1
    attention: str = "scaled"
    heads: int = 1
    project_values: bool = False
    distance: bool = True
    head: str = "mlp"
    mlp_width: int = 128
    tied: bool = True
    dropout: float = 0.2
    packed: bool = False
    norm: str = "pre"
    scale_items: bool = False
    ff_width: int = 64

    def __post_init__(self) -> None:
        """Raises ValueError: a size below 1, dropout outside 0 to 1, an unknown head."""
        for name in ("n_items", "max_len", "dim", "layers", "heads", "mlp_width", "ff_width"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}: it must be at least 1")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout is {self.dropout}: it must be at least 0 and below 1")
        if self.head not in ("mlp", "dot"):
            raise ValueError(f"unknown head {self.head!r}: use mlp or dot")
