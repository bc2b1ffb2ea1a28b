"""What a model is called on a page, and how its line looks: one name and one look in the whole book.

Tables and figures call :func:`display_name` on what they are given, so that a recipe's name, which commands
and stored rows use, never stands on a page. A new model gets its line in ``MODELS``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain

COLOURS = ("grey", "orange", "green", "blue", "purple")


@dataclass(frozen=True)
class Look:
    """How a line is drawn: a colour of the book's five by name, Matplotlib's marker and dash."""

    colour: str
    marker: str
    dash: str


@dataclass(frozen=True)
class Model:
    """A model as pages show it.

    Attributes:
        name: what pages call it. recipe: what commands and stored rows call it, "" where nothing does.
    """

    name: str
    recipe: str
    look: Look


# Floors are grey and orange, the ceiling green, recurrent models with attention blue, Transformers purple.
MODELS = (
    Model("popularity", "popularity", Look("grey", "^", ":")),
    Model("recent popularity", "recent-popularity", Look("grey", "P", "--")),
    Model("Markov chain", "markov", Look("orange", "D", "--")),
    Model("oracle", "oracle", Look("green", "s", "-.")),
    Model("LSTM + MLP", "lstm", Look("blue", "s", "--")),
    Model("LSTM + mean", "lstm-mean", Look("blue", "^", ":")),
    Model("LSTM + attention", "lstm-attention", Look("blue", "o", "-")),
    Model("GRU4Rec", "gru4rec", Look("orange", "v", "-.")),
    Model("SASRec", "sasrec", Look("purple", "o", "-")),
    Model("gSASRec", "gsasrec", Look("purple", "v", "--")),
    Model("DIN", "din", Look("green", "o", "-")),
    Model("DIEN", "dien", Look("green", "^", "--")),
    Model("logistic regression", "logistic", Look("grey", "X", "-.")),
    Model("FM", "fm", Look("orange", "X", "-.")),
    Model("MLP of clicks", "mlp-clicks", Look("grey", "v", "-")),
    Model("bi-attention", "bi-attention", Look("blue", "X", "-.")),
    Model("two-level attention", "two-level", Look("blue", "P", ":")),
    Model("NARM", "narm", Look("blue", "D", "--")),
    Model("STAMP", "stamp", Look("green", "v", "--")),
    Model("Transformer-XL", "transformer-xl", Look("purple", "s", "-.")),
    Model("LRURec", "lru", Look("orange", "P", "-")),
    Model("BERT4Rec", "bert4rec", Look("purple", "D", "-.")),
    Model("CL4SRec", "cl4srec", Look("purple", "P", ":")),
    Model("DuoRec", "duorec", Look("purple", "X", "--")),
    Model("Caser", "caser", Look("orange", "s", "-")),
    Model("NextItNet", "nextitnet", Look("green", "P", ":")),
    Model("TiSASRec", "tisasrec", Look("green", "P", "-")),
    Model("HSTU", "hstu", Look("orange", "o", "--")),
    Model("item-kNN", "item-knn", Look("grey", "s", "-")),
    Model("BPR-MF", "bpr-mf", Look("grey", "D", "-.")),
    Model("REINFORCE", "reinforce", Look("blue", "v", "-.")),
    Model("SQN", "sqn", Look("purple", "X", "-")),
    Model("SAC", "sac", Look("purple", "^", ":")),
    Model("decision transformer", "decision-transformer", Look("orange", "s", "-.")),
    Model("content-based", "content", Look("grey", "o", "--")),
    Model("shared bottom", "shared-bottom", Look("blue", "P", "-")),
    Model("MMoE", "mmoe", Look("green", "X", "-.")),
    Model("PLE", "ple", Look("orange", "v", ":")),
    Model("ESMM", "esmm", Look("purple", "D", "-")),
    Model("parts of items", "modal", Look("blue", "v", ":")),
    Model("UniSRec", "unisrec", Look("orange", "^", "-")),
    Model("semantic ids", "semantic-ids", Look("green", "D", ":")),
)
BY_NAME = {model.name: model for model in MODELS}
_CALLED = {model.recipe: model.name for model in MODELS if model.recipe}
# What lines without a model of this book get, in this order.
OTHERS = (
    Look("grey", "^", ":"),
    Look("orange", "D", "--"),
    Look("green", "s", "-."),
    Look("blue", "o", "-"),
    Look("purple", "v", "--"),
)


def display_name(name: str) -> str:
    """What pages call the model ``name``; any other text comes back as it is."""
    return _CALLED.get(name, name)


def looks(names: Iterable[str]) -> list[Look]:
    """A look for each of ``names``: a model's own, the others' from what its neighbours leave free.

    A name may say more, such as ``"SASRec, 24 epochs"``: the first such line gets the model's look.
    """
    wanted = [own_look(display_name(name)) for name in names]
    given: list[Look | None] = []
    for look in wanted:
        given.append(None if look in given else look)
    taken = {look.colour for look in given if look}
    free = [look for look in OTHERS if look.colour not in taken]
    rest = chain(free, (look for look in OTHERS if look not in free and look not in given))
    return [look or next(rest) for look in given]


def own_look(name: str) -> Look | None:
    """The look of the model that ``name`` is, or begins with; None for any other name."""
    for model in sorted(MODELS, key=lambda one: -len(one.name)):
        if name == model.name or name.startswith(f"{model.name}, "):
            return model.look
    return None
