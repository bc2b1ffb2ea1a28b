"""On a GPU the same code trains the same model, and the loop never waits for it."""

import warnings
from dataclasses import replace

import pytest
import torch

from seqrec_lib.data import leave_one_out, load_source
from seqrec_lib.evaluation import evaluate
from seqrec_lib.losses import LOSSES, cross_entropy, plain_cross_entropy
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.training import fit
from seqrec_lib.training.loop import Clock, train_epoch
from seqrec_lib.training.optimiser import make_optimiser
from seqrec_lib.training.progress import Silent
from seqrec_lib.training.settings import TrainingSettings

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU"),
]
CUDA = torch.device("cuda")
MODELS = ("sasrec", "lstm-attention", "gru4rec")


@pytest.fixture(scope="module")
def split():
    return leave_one_out(load_source("world:video:users=300,seed=3")[0], max_len=50)


def new_model(name, split, **changes):
    torch.manual_seed(0)
    return build(recipe_settings(name, split.log.n_items, max_len=50, **changes))


@pytest.mark.parametrize("name", MODELS)
def test_scores_are_those_of_the_cpu(name, split):
    model, batch = new_model(name, split).eval(), split.test.batch
    with torch.no_grad():
        there = model.to(CUDA).score(batch.to(CUDA)).cpu()
        here = model.cpu().score(batch)
    assert torch.allclose(here[:, 1:], there[:, 1:], atol=1e-4)


def test_ranks_are_counted_as_on_the_cpu(split):
    model = new_model("sasrec", split)
    here = evaluate(model, split.test).metrics
    there = evaluate(model.to(CUDA), split.test).metrics
    assert there == pytest.approx(here, abs=2 / len(split.test))  # a near tie may fall the other way


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_chunked_loss_has_the_plain_ones_gradients(precision):
    torch.manual_seed(0)
    hidden, items = torch.randn(3000, 64, device=CUDA), torch.randn(5001, 64, device=CUDA)
    targets = torch.randint(1, 5001, (3000,), device=CUDA)
    found = []
    for loss in (cross_entropy, plain_cross_entropy):
        h, w = hidden.clone().requires_grad_(), items.clone().requires_grad_()
        with torch.autocast("cuda", torch.bfloat16, enabled=precision == "bf16"):
            value = loss(h, targets, w)
        value.backward()
        found.append((value.detach(), h.grad, w.grad))
    close = {"fp32": 1e-4, "bf16": 3e-2}[precision]
    for ours, plain in zip(*found, strict=True):
        assert (ours - plain).norm() <= close * plain.norm()


@pytest.mark.parametrize("loss", sorted(LOSSES))
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_every_loss_learns(loss, precision, split):
    history = fit(
        new_model("sasrec", split), split, loss=loss, epochs=3, precision=precision, negatives=8,
        device="cuda", progress=False, seed=0,
    )  # fmt: skip
    losses = [epoch["loss"] for epoch in history.epochs]
    assert losses[-1] < losses[0]


def one_epoch(model, objective, train, settings):
    generators = {
        "rows": torch.Generator().manual_seed(0),
        "negatives": torch.Generator(CUDA).manual_seed(0),
    }
    parts = (model, train, objective, make_optimiser(model, settings), settings, generators)
    return train_epoch(*parts, 0, Silent(), Clock())


@pytest.mark.parametrize(
    ("name", "loss"), [*((name, "ce") for name in MODELS), *(("sasrec", loss) for loss in sorted(LOSSES))]
)
def test_no_batch_waits_for_the_gpu(name, loss, split):
    """The epoch's mean loss is read once, after the last batch: that is the only wait allowed."""
    model, train = new_model(name, split).to(CUDA), split.train.to(CUDA)
    settings = TrainingSettings(batch_size=32, precision="fp32", loss=loss, negatives=8)
    objective = NextItemObjective(LOSSES[loss], settings.negatives)
    objective.prepare(model, replace(split, train=train))
    one_epoch(model, objective, train, settings)  # libraries set themselves up
    torch.cuda.set_sync_debug_mode("warn")
    try:
        with warnings.catch_warnings(record=True) as found:
            warnings.simplefilter("always")
            one_epoch(model, objective, train, settings)
    finally:
        torch.cuda.set_sync_debug_mode("default")
    waits = [str(each.message) for each in found if "synchroniz" in str(each.message)]
    batches = -(-len(train) // settings.batch_size)
    # The lengths and the places of the targets at the start, the loss at the end.
    assert batches >= 9 and len(waits) <= 3, waits


def test_a_compiled_model_trains_like_the_plain_one(split):
    found = []
    for compiled in (False, True):
        model = new_model("sasrec", split, dropout=0.0)
        history = fit(
            model, split, epochs=2, compile=compiled, precision="fp32", device="cuda", progress=False, seed=0
        )
        found.append(history.epochs[-1]["loss"])
    assert found[0] == pytest.approx(found[1], rel=1e-2)
