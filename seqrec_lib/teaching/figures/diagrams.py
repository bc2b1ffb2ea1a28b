"""The book's diagrams, one a function: what they show does not depend on data."""

from __future__ import annotations

from collections.abc import Callable

from .boxes import boxes, squares
from .picture import Picture


def attention_model() -> Picture:
    """Chapter 1: from a history to a ranked list."""
    return boxes(
        {
            "items": (0.75, 2.0, "history\nitems 1 … t"),
            "vectors": (2.35, 2.0, "embedding\nitem vectors"),
            "states": (3.95, 2.0, "encoder\nLSTM states"),
            "context": (5.55, 2.0, "attention\ncontext"),
            "z": (5.55, 0.6, "head\nMLP"),
            "scores": (3.95, 0.6, "scores of\nall items"),
            "list": (2.35, 0.6, "ranked list\nwithout seen items"),
        },
        [
            *(("items", "vectors"), ("vectors", "states"), ("states", "context"), ("context", "z")),
            *(("z", "scores"), ("scores", "list"), ("vectors", "scores", "the same vectors")),
        ],
        "Seven boxes in order: the items of a history, their vectors, the states of an LSTM, one context "
        "made by attention over the states, an MLP, scores of all items, and a ranked list. A second "
        "arrow leads from the item vectors to the scores: the same vectors are used again.",
        size=(6.4, 2.6),
        box=(1.42, 0.5),
    )


def way_of_a_log() -> Picture:
    """Chapter 2: the decisions between a raw log and a model."""
    names = {
        "log": (0.7, 1.7, "raw log"),
        "clocks": (2.1, 1.7, "clocks\nand order"),
        "rows": (3.6, 1.7, "echoes and\nprograms"),
        "filter": (5.1, 1.7, "rare users\nand items"),
        "split": (5.1, 0.5, "split"),
        "pad": (3.6, 0.5, "cut, pad,\nnormalise"),
        "batch": (2.1, 0.5, "batches"),
        "model": (0.7, 0.5, "model"),
    }
    order = list(names)
    return boxes(
        names,
        list(zip(order, order[1:], strict=False)),
        "Eight boxes in a row: a raw log, mended clocks and order, echoes and programs taken out, rare "
        "users and items, the split, cutting, padding and normalising, batches, and the model.",
        size=(5.9, 2.3),
        box=(1.15, 0.45),
    )


def two_splits() -> Picture:
    """Chapter 3: leave-one-out beside one moment for all, on three users and ten days."""
    users = ([1, 3, 4, 6, 7], [2, 5, 8, 9, 10], [1, 2, 3, 5, 6])  # the days on which each took an item

    def grid(part: Callable[[list[int], int], str]) -> list[list[tuple[str, bool]]]:
        days = range(1, 11)
        return [[(part(mine, day) if day in mine else "", day in mine) for day in days] for mine in users]

    return squares(
        {
            "leave-one-out": grid(lambda mine, day: {mine[-1]: "test", mine[-2]: "valid"}.get(day, "·")),
            "one moment for all": grid(lambda mine, day: "test" if day >= 7 else "·"),
        },
        "Two grids of three users over ten days, with a filled square where a user took an item. Left: "
        "the last item of each user is the test, the one before it validation. Right: everything from day "
        "7 on is the test.",
        xlabel="day",
        ylabel="user",
    )


def lstm_cell() -> Picture:
    """Chapter 4: one step of an LSTM."""
    return boxes(
        {
            "old": (0.75, 2.7, "cell before"),
            "keep": (2.3, 2.7, "× forget\ngate"),
            "sum": (3.85, 2.7, "+"),
            "new": (5.4, 2.7, "cell"),
            "in": (3.85, 1.6, "candidate ×\ninput gate"),
            "show": (5.4, 1.6, "tanh, ×\noutput gate"),
            "read": (0.75, 0.5, "vector and\nstate before"),
            "parts": (2.3, 1.6, "three gates,\ncandidate"),
            "state": (5.4, 0.5, "state"),
        },
        [
            *(("old", "keep"), ("keep", "sum"), ("sum", "new"), ("in", "sum"), ("new", "show")),
            *(("read", "parts"), ("parts", "keep"), ("parts", "in"), ("show", "state")),
        ],
        "One step of an LSTM. The vector that comes in and the state before make gates and a candidate. "
        "The cell before is multiplied by the forget gate; the candidate, multiplied by the input gate, is "
        "added; the sum is the new cell. Its tanh, multiplied by the output gate, is the new state.",
        size=(6.2, 3.3),
        box=(1.2, 0.42),
    )


def transformer_block() -> Picture:
    """Chapter 9: a pre-norm block, and what stands before and after it."""
    return boxes(
        {
            "in": (1.0, 4.55, "item vector\n+ place"),
            "norm1": (3.7, 4.55, "norm"),
            "att": (3.7, 3.65, "causal\nattention"),
            "sum1": (1.0, 3.25, "+"),
            "norm2": (3.7, 2.75, "norm"),
            "ff": (3.7, 1.95, "feed-forward"),
            "sum2": (1.0, 1.6, "+"),
            "z": (1.0, 0.4, "last norm:\nz"),
            "scores": (3.7, 0.4, "scores of\nall items"),
        },
        [
            *(("in", "norm1"), ("norm1", "att"), ("att", "sum1"), ("in", "sum1", "residual road")),
            *(("sum1", "norm2"), ("norm2", "ff"), ("ff", "sum2"), ("sum1", "sum2")),
            *(("sum2", "z", "after two blocks"), ("z", "scores")),
        ],
        "A block of a pre-norm Transformer. The item vector with its place goes two ways: through a norm "
        "and causal attention, and unchanged along the residual road; both are added. The sum again goes "
        "two ways, through a norm and a feed-forward layer, and unchanged; both are added. After two "
        "blocks and a last norm it is compared with all items.",
        size=(4.8, 5.0),
        box=(1.3, 0.42),
    )


def segments_with_memory() -> Picture:
    """The page on long histories: three segments, two layers, and what each remembers."""
    across = {"a": (0.95, "events\n1 … s"), "b": (3.05, "events\ns+1 … 2s"), "c": (5.15, "events\n2s+1 … 3s")}
    rows = {"items": 0.45, "first": 1.75, "second": 3.05}
    words = {"first": "layer 1\nstates", "second": "layer 2\nstates"}
    places = {
        f"{row}{name}": (x, y, words.get(row, text))
        for name, (x, text) in across.items()
        for row, y in rows.items()
    }
    layers = (("items", "first"), ("first", "second"))
    up = [(f"{low}{n}", f"{high}{n}") for n in across for low, high in layers]
    over = [(f"{low}{n}", f"{high}{m}", "memory") for n, m in ("ab", "bc") for low, high in layers]
    return boxes(
        places,
        [*up, *over],
        "Three columns of boxes, one a segment: its events, the states of layer 1, the states of layer 2. "
        "Arrows lead up within each column. Further arrows, called memory, lead from each box to the box one "
        "layer higher in the next column: a layer also reads what its own layer read in the segment before. "
        "No arrow skips a column.",
        size=(6.1, 3.6),
        box=(1.1, 0.42),
    )


def scores_of_a_loss() -> Picture:
    """Chapter 10: which scores of four steps and nine items each loss looks at."""
    targets = (3, 7, 3, 5)  # the third step has the target of the first

    def grid(looked: Callable[[int, int], bool]) -> list[list[tuple[str, bool]]]:
        return [
            [
                ("+" if i == y else "\u2212" if looked(n, i) else "", i == y or looked(n, i))
                for i in range(1, 10)
            ]
            for n, y in enumerate(targets)
        ]

    own = ((1, 6), (2, 9), (4, 8), (1, 7))
    return squares(
        {
            "full cross-entropy": grid(lambda n, i: True),
            "drawn for each step": grid(lambda n, i: i in own[n]),
            "drawn for the batch": grid(lambda n, i: i in (2, 6, 8)),
            "the batch's targets": grid(lambda n, i: i in targets),
        },
        "Four grids of four steps and nine items. A plus marks a step's target, a minus an item that the "
        "loss pushes down. Full cross-entropy looks at every square. With negatives drawn for each step "
        "there are two others in each row. With negatives drawn for the batch all rows have the same three "
        "columns. With the batch's targets the columns are those of all pluses.",
        xlabel="item",
        ylabel="step",
        columns=2,
    )


def reasons_of_a_world() -> Picture:
    """The worlds page: the four reasons for which an item comes next."""
    reasons = {"last item": "succession", "earlier item,\nsome time ago": "trigger",
               "hidden type": "taste", "all users": "popularity"}  # fmt: skip
    places = {"item": (4.7, 1.8, "next item")}
    for row, (cause, reason) in enumerate(reasons.items()):
        y = 3.0 - 0.8 * row
        places |= {cause: (0.85, y, cause), reason: (2.75, y, reason)}
    return boxes(
        places,
        [*reasons.items(), *((reason, "item") for reason in reasons.values())],
        "Four reasons lead to the next item: the last item through succession, an earlier item through a "
        "trigger, the hidden type through taste, and all users through popularity.",
        size=(5.6, 3.5),
        box=(1.3, 0.45),
    )


def next_or_hidden() -> Picture:
    """Page 10b: what the trained steps of a row of six items may read, for two objectives."""
    gaps = (2, 5)

    def following(step: int, item: int) -> tuple[str, bool]:
        return "+" if item == step + 1 else "", item <= step

    def hidden(step: int, item: int) -> tuple[str, bool]:
        if step not in gaps:
            return "", False
        return "+" if item == step else "?" if item in gaps else "", item not in gaps

    places = range(1, 7)
    return squares(
        {
            "next item, looking back": [[following(step, item) for item in places] for step in places],
            "hidden items, both ways": [[hidden(step, item) for item in places] for step in places],
        },
        "Two grids of six steps and six items. Left: step t reads the items 1 to t, and a plus marks item "
        "t + 1 as its target, for each step but the last. Right: items 2 and 5 are hidden. Only steps 2 and "
        "5 are trained. Both read items 1, 3, 4 and 6, and each has its own item as its target.",
        xlabel="item",
        ylabel="step",
    )


def what_a_step_may_know() -> Picture:
    """The chapter on time: from the order of events to the moment of the request."""
    places = {
        "order": (0.73, 3.1, "order:\nwhich came first"),
        "gaps": (0.73, 2.2, "gaps: how long\nbetween events"),
        "clock": (0.73, 1.3, "clock: days\nfor everybody"),
        "request": (0.73, 0.4, "request: when\nit is asked"),
        "places": (2.45, 3.1, "places,\ndistances"),
        "own": (2.45, 2.2, "units of\none user"),
        "buckets": (2.45, 1.3, "buckets\nof seconds"),
        "now": (2.45, 0.4, "time since\neach event"),
        "attention": (4.1, 1.75, "attention\nof a step"),
    }
    pairs = (("order", "places"), ("gaps", "own"), ("clock", "buckets"), ("request", "now"))
    return boxes(
        places,
        [*pairs, *((form, "attention") for _, form in pairs)],
        "Four rows, each of two boxes, and all lead to a box called attention of a step. Order is told by "
        "places and distances. Gaps are told in units of one user. The clock is told by buckets of seconds. "
        "The request is told by the time since each event.",
        size=(4.85, 3.5),
        box=(1.3, 0.5),
    )


def moved_items() -> Picture:
    """Chapter 13: one step of adversarial training, in two passes."""
    return boxes(
        {
            "vectors": (0.75, 2.0, "item vectors"),
            "plain": (2.45, 2.0, "first pass\nloss"),
            "slope": (4.15, 2.0, "gradient of\nitem vectors"),
            "moved": (4.15, 0.6, "moved items\nequally far"),
            "second": (2.45, 0.6, "second pass\nsame dropout"),
            "step": (0.75, 0.6, "mix losses,\nthen a step"),
        },
        [
            *(("vectors", "plain"), ("plain", "slope"), ("slope", "moved"), ("moved", "second")),
            *(("second", "step"), ("plain", "step"), ("step", "vectors")),
        ],
        "Six boxes: item vectors, a first pass with its loss, the gradient of the item vectors, items that "
        "are all moved equally far along it, a second pass with the same dropout, and a step on the mix of "
        "both losses, which changes the item vectors.",
        size=(4.95, 2.6),
        box=(1.45, 0.5),
    )


def one_ranking_many_figures() -> Picture:
    """Chapter 12: the decisions between one trained model and the figure that a paper prints."""
    names = {
        "scores": (0.75, 2.0, "scores of\nall items"),
        "seen": (2.35, 2.0, "seen items:\nout or in?"),
        "rivals": (3.95, 2.0, "rivals:\nall or drawn?"),
        "ties": (5.55, 2.0, "ties: for,\nagainst?"),
        "rank": (5.55, 0.6, "rank of\nthe target"),
        "users": (3.95, 0.6, "mean over\nusers"),
        "seeds": (2.35, 0.6, "mean over\nseeds"),
        "figure": (0.75, 0.6, "printed\nfigure"),
    }
    order = list(names)
    return boxes(
        names,
        list(zip(order, order[1:], strict=False)),
        "Eight boxes in order: the scores of all items; whether seen items are out of the ranking or in it; "
        "whether all items or drawn ones are rivals; whether ties count for or against the model; the rank "
        "of the target; the mean over users; the mean over seeds; the printed figure.",
        size=(6.4, 2.6),
        box=(1.42, 0.5),
    )


def ranks_of_a_batch() -> Picture:
    """Chapter 20: one step of two processes."""
    return boxes(
        {
            "batch": (0.75, 1.3, "one batch\nof rows"),
            "first": (2.45, 2.1, "process 0\nits rows"),
            "second": (2.45, 0.5, "process 1\nits rows"),
            "sum": (4.15, 2.1, "weigh by\ntargets, add"),
            "step": (4.15, 0.5, "the same step\nfor both"),
        },
        [("batch", "first"), ("batch", "second"), ("first", "sum"), ("second", "sum"), ("sum", "step")],
        "Five boxes: one batch of rows, of which process 0 and process 1 each take a part; both gradients "
        "are weighed by their targets and added; then both processes take the same step.",
        size=(4.9, 2.6),
        box=(1.4, 0.5),
    )


def private_step() -> Picture:
    """Chapter 19: one step of private training, and what the promise stands between."""
    return boxes(
        {
            "users": (0.75, 2.0, "users, each\nby a coin"),
            "own": (2.45, 2.0, "one gradient\neach"),
            "cut": (4.15, 2.0, "each cut to\none length"),
            "sum": (4.15, 0.6, "sum, plus\nnoise"),
            "weights": (2.45, 0.6, "weights"),
            "attack": (0.75, 0.6, "who was in\nthe data?"),
        },
        [
            *(("users", "own"), ("own", "cut"), ("cut", "sum"), ("sum", "weights")),
            ("weights", "attack"),
        ],
        "Six boxes: users who come into a batch by a coin, one gradient for each of them, each cut to one "
        "length, their sum with noise, the weights, and an attacker who asks of the weights who was in the "
        "data.",
        size=(4.9, 2.6),
        box=(1.45, 0.5),
    )


def two_tasks() -> Picture:
    """Chapter 16: two tasks over what they share, and a list that weighs both."""
    return boxes(
        {
            "in": (0.75, 2.2, "history,\nitem"),
            "shared": (2.45, 2.2, "shared layer\nor experts"),
            "click": (4.15, 2.9, "tower:\np(click)"),
            "bought": (4.15, 1.7, "tower: p(buy\ngiven click)"),
            "both": (2.45, 0.6, "product:\np(both)"),
            "list": (0.75, 0.6, "weights,\nthen a list"),
        },
        [
            *(("in", "shared"), ("shared", "click"), ("shared", "bought")),
            *(("bought", "both"), ("both", "list")),
        ],
        "Six boxes. History and item lead to a shared layer or to experts, and this to two towers: the "
        "chance of a click, and the chance of a purchase given the click. Their product is that of both. "
        "Weights of the goals then make a list.",
        size=(4.95, 3.4),
        box=(1.45, 0.5),
    )


def two_views_of_a_history() -> Picture:
    """Chapter 15: a contrastive task beside the loss of the next item."""
    return boxes(
        {
            "history": (0.75, 2.45, "history"),
            "one": (2.45, 2.45, "view 1\nchanged"),
            "other": (2.45, 1.05, "view 2\nchanged"),
            "encoder": (4.15, 1.75, "one model\ntwo states"),
            "next": (0.75, 1.05, "loss of the\nnext item"),
            "pull": (4.15, 0.45, "alike? and\nunlike others?"),
        },
        [
            *(("history", "one"), ("history", "other"), ("history", "next")),
            *(("one", "encoder"), ("other", "encoder"), ("encoder", "pull")),
        ],
        "Six boxes: a history leads to the loss of the next item, and to two changed views of it. One model "
        "makes a state of each view. The contrastive loss asks whether the two states are alike, and unlike "
        "those of other histories.",
        size=(4.95, 2.95),
        box=(1.45, 0.5),
    )
