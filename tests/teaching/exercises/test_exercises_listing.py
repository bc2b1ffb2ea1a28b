"""The familiar listing: it holds its faults, each check finds its own, each cost is real."""

import inspect
import types

import pytest
import torch

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.evaluation import evaluate
from seqrec_lib.messages import message
from seqrec_lib.teaching.exercises.listing import LISTING, listing_faults
from seqrec_lib.teaching.exercises.listing.model import TRAINABLE, ListingModel
from seqrec_lib.teaching.exercises.listing.trainer import random_cuts, train

FAULTS = listing_faults()
MUTANTS = [
    pytest.param(fault, mutant, function, id=f"{name}/{mutant.name}/{i}")
    for name, fault in FAULTS.items()
    for mutant in fault.exercise.mutants
    for i, function in enumerate(mutant.functions)
]
NAMED_IN_THE_DESIGN = {
    "softmax-then-nll",
    "width-scores",
    "no-query",
    "bmm-4d",
    "int-noise",
    "random-targets",
    "loss-overwritten",
    "np-missing",
    "global-lengths",
    "state-on-cpu",
    "padding-as-data",
    "accuracy",
}


def test_every_fault_is_there():
    assert set(FAULTS) == NAMED_IN_THE_DESIGN


@pytest.mark.parametrize("name", FAULTS)
def test_the_listing_holds_the_fault(name):
    for part in FAULTS[name].excerpt.split("...\n"):
        assert part and part in LISTING


@pytest.mark.parametrize("name", FAULTS)
def test_the_check_fails_as_it_stands_and_passes_once_mended(name):
    fault = FAULTS[name]
    assert fault.check().mistake == name
    result = fault.check(fault.mended or fault.exercise.reference)
    assert result.passed, result.message
    assert fault.check(_unwritten(fault.exercise)).mistake == "not-written"


def _unwritten(exercise):
    """A function with the reference's arguments that returns nothing; it needs globals of its own."""
    space = {}
    exec(f"def unwritten({', '.join(exercise.names)}):\n    ...", space)
    return space["unwritten"]


@pytest.mark.parametrize(("fault", "mutant", "function"), MUTANTS)
def test_each_half_mended_answer_gets_its_hint(fault, mutant, function):
    result = fault.check(function)
    assert result.mistake == mutant.name
    assert result.message == message(mutant.hint)


@pytest.mark.parametrize("name", FAULTS)
def test_an_exhibit_shows_fault_check_and_cost_and_the_mended_one_on_request(name):
    fault = FAULTS[name]
    plain, full = repr(fault.show()), repr(fault.show(mended=True))
    assert (
        fault.excerpt.rstrip() in plain
        and fault.task in plain
        and "✗ Not yet" in plain
        and fault.cost().words in plain
    )
    assert fault.mended_source.strip() in full and fault.mended_source.strip() not in plain
    assert "<script" not in fault.show()._repr_html_() and "&lt;" not in fault.title


def test_costs_are_the_same_each_time_and_say_what_they_should():
    costs = {name: fault.cost() for name, fault in FAULTS.items()}
    assert {name: fault.cost().numbers for name, fault in FAULTS.items()} == {
        k: c.numbers for k, c in costs.items()
    }
    for name in ("bmm-4d", "int-noise", "np-missing", "state-on-cpu", "global-lengths"):
        assert "Error" in costs[name].numbers["error"]
    n = {name: cost.numbers for name, cost in costs.items()}
    assert n["softmax-then-nll"]["ratio"] > 100 and n["softmax-then-nll"]["best"] == pytest.approx(-1)
    assert n["no-query"]["without"] == 0 < n["no-query"]["with_query"]
    assert n["width-scores"]["favourites"] > 2
    mean_share = 11 / 24  # of (12 - n) / 12 over n = 1..12
    assert n["padding-as-data"]["share"] == pytest.approx(mean_share, abs=0.03)
    assert n["random-targets"]["real"] > 3 * n["random-targets"]["noise"]
    assert n["random-targets"]["noise"] == pytest.approx(n["random-targets"]["chance"], abs=0.01)
    assert n["accuracy"]["accuracy_near"] == n["accuracy"]["accuracy_far"]
    assert n["accuracy"]["ndcg_near"] > 2 * n["accuracy"]["ndcg_far"]
    assert n["loss-overwritten"]["factor"] > 5
    assert n["global-lengths"]["wrong"] != pytest.approx(n["global-lengths"]["right"])


def test_the_listing_stops_at_each_fault_that_raises_in_turn():
    """Mend one, meet the next: the order in which a reader meets them."""
    text = LISTING
    steps = [
        (NameError, "'np'", "import torch\n", "import numpy as np\nimport torch\n"),
        ((ValueError, RuntimeError), "dtype", "self.encoder(clips,", "self.encoder(clips.float(),"),
        (
            RuntimeError,
            "3D",
            "torch.bmm(weights.unsqueeze(1), states).squeeze(1)",
            "(weights * states).sum(1)",
        ),
    ]
    for kind, words, old, new in steps:
        with pytest.raises(kind, match=words):
            _run(text)
        assert old in text
        text = text.replace(old, new, 1)
    printed = _run(text)
    assert len(printed) == 5
    reported = [line[1].item() for line in printed]
    assert all(-1 < value < 0 for value in reported)  # a negative "loss", far from log 200 = 5.3


def _run(text):
    torch.manual_seed(0)
    lines = []
    space = {"__name__": "listing", "print": lambda *words: lines.append(words)}
    exec(compile(text, "<listing>", "exec"), space)
    return lines


def test_the_global_check_takes_away_variables_but_not_functions():
    fault = FAULTS["global-lengths"]
    space = {"sizes": [8, 8], "math": __import__("math"), "__builtins__": __builtins__}
    exec(
        "def add(values):\n    return math.fsum(values)\n"
        "def good(totals, sizes):\n    return add(totals) / add(sizes)\n"
        "def bad(totals, rows):\n    return add(totals) / add(sizes)\n",
        space,
    )
    assert isinstance(space["good"], types.FunctionType)
    assert fault.check(space["good"]).passed
    assert fault.check(space["bad"]).mistake == "global-lengths"


@pytest.mark.parametrize(
    "cell", ["import torch\nclips = (", "clips = 1 / 0", 7, "", "import numpy as np\nnp.nothing"]
)
def test_a_cell_of_nonsense_gets_a_verdict(cell):
    result = FAULTS["np-missing"].check(cell)
    assert not result.passed and result.mistake == "error", result.message


@pytest.fixture(scope="module")
def small():
    return leave_one_out(simulate("video", users=120))


@pytest.mark.parametrize("fault", [None, *TRAINABLE])
def test_a_faulty_model_trains_and_scores(small, fault):
    model, history = train(small, fault, epochs=1, seed=0, dim=8)
    metrics = evaluate(model, small.test, (10,), with_coverage=False).metrics
    assert 0 <= metrics["NDCG@10"] <= 1
    assert history[0]["targets"] == len(small.train)
    assert (history[0]["loss"] < 0) == (fault == "softmax-then-nll")
    assert abs(history[0]["reported"]) < abs(history[0]["loss"])


def test_training_is_the_same_for_the_same_seed(small):
    one, other = (train(small, None, epochs=1, seed=3, dim=8)[0].state_dict() for _ in range(2))
    assert all(torch.equal(one[key], other[key]) for key in one)


def test_only_the_faulty_model_reads_padding(small):
    batch = small.train.rows(slice(0, 4))
    lengths = torch.tensor([3, 5, 2, 4])
    for fault, reads in (
        (None, False),
        ("width-scores", False),
        ("no-query", False),
        ("padding-as-data", True),
    ):
        torch.manual_seed(0)
        model = ListingModel(small.log.n_items, small.max_len, 8, fault)
        with torch.no_grad():
            one = model.logits(batch.items, lengths)
            other = model.logits(
                batch.items.where(torch.arange(batch.items.shape[1]) < lengths[:, None], 7), lengths
            )
        assert torch.allclose(one, other, atol=1e-6) != reads


def test_random_cuts_give_the_item_that_came_next(small):
    items, lengths, target = random_cuts(small.train, torch.Generator().manual_seed(0))
    for row in range(20):
        n = int(lengths[row])
        assert torch.equal(items[row, :n], small.train.items[row, :n]) and not items[row, n:].any()
        assert target[row] == small.train.targets[row, n - 1] != 0


def test_trained_costs_come_from_the_committed_runs():
    for name in TRAINABLE:
        trained = FAULTS[name].trained()
        assert trained["seeds"] == 3
        assert 0 < trained["faulty"] < 1 and 0 < trained["mended"] < 1
    for name in ("softmax-then-nll", "int-noise", "random-targets"):
        trained = FAULTS[name].trained()
        assert trained["faulty"] < 0.7 * trained["mended"], name
    assert FAULTS["bmm-4d"].trained() is None
    assert "After training" in repr(FAULTS["softmax-then-nll"].show())


def test_sources_can_be_shown():
    for fault in FAULTS.values():
        assert "return" in fault.mended_source or "import" in fault.mended_source
        assert fault.faulty_source in inspect.getsource(inspect.getmodule(fault.measure)) or fault.mended


OTHER_DATA = [
    "clips = answers = sizes = [0] * 500",
    "import torch\nclips = torch.zeros(500, 12, 8).long()\nanswers = sizes = torch.ones(500).long()",
    "x = 1",
    FAULTS["np-missing"].mended.replace("500", "50"),
    FAULTS["np-missing"].mended.replace("13", "30"),
    FAULTS["np-missing"].mended.replace("randint(0, 200, 500)", "randint(0, 200, 500) * 1.0"),
    lambda: (500, 500, 500),
]


@pytest.mark.parametrize("cell", OTHER_DATA, ids=range(len(OTHER_DATA)))
def test_a_cell_that_makes_other_data_is_not_taken(cell):
    assert not FAULTS["np-missing"].check(cell).passed


def test_a_cell_that_imports_in_another_way_is_taken():
    cell = FAULTS["np-missing"].mended
    assert (
        FAULTS["np-missing"].check("import torch\nimport numpy\nnp = numpy\n" + cell.split("\n\n")[1]).passed
    )
    seeded = cell.replace("\n\n", "\n\nnp.random.seed(4)\n")
    assert FAULTS["np-missing"].check(seeded).passed
