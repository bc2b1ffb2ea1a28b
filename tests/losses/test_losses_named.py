"""Losses by name with settings: what is read, what is refused, what reaches training."""

import pytest
import torch
from test_losses import drawn
from tiny_models import close

from seqrec_lib import fit
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.losses import LOSSES, loss_settings, named_loss, usual_negatives
from seqrec_lib.messages import InputError
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.training.settings import TrainingSettings


def test_a_name_alone_is_the_loss_itself():
    assert all(named_loss(name) is LOSSES[name] for name in LOSSES)


@pytest.mark.parametrize(
    "text, given",
    [
        ("bce:reduce=sum", {"reduce": "sum"}),
        ("gbce:calibration=0.25", {"calibration": 0.25}),
        ("sampled:replace=true,weigh=true", {"replace": True, "weigh": True}),
        (
            "in-batch:correct=false,mask_hits=true,uniform=4",
            {"correct": False, "mask_hits": True, "uniform": 4},
        ),
    ],
)
def test_settings_reach_the_loss(text, given):
    seeded = lambda loss, **more: loss(*drawn(), torch.Generator().manual_seed(1), 4, **more)  # noqa: E731
    found = seeded(named_loss(text))
    close(found, seeded(LOSSES[text.partition(":")[0]], **given))
    assert found != seeded(LOSSES[text.partition(":")[0]])


def test_bce_sums_its_negatives_or_takes_their_mean():
    hidden, targets, matrix = drawn()
    one, other = (
        named_loss(f"bce:reduce={kind}")(hidden, targets, matrix, torch.Generator().manual_seed(1), 4)
        for kind in ("mean", "sum")
    )
    positive = torch.nn.functional.softplus(-(hidden * matrix[targets]).sum(-1)).mean()
    close(other - positive, 4 * (one - positive))


@pytest.mark.parametrize(
    "text, told",
    [
        ("gbec", "gbce"),
        ("gbce:calibratio=1", "calibration"),
        ("gbce:calibration", "NAME:SETTING=VALUE"),
        ("gbce:calibration=much", "a number"),
        ("sampled:replace=yes", "true or false"),
        ("in-batch:uniform=1.5", "a whole number"),
        ("bpr:x=1", "no settings"),
        ("sampled:replace=true,replace=false", "given twice"),
        ("sampled:negatives=5", "negatives"),
        ("in-batch:popularity=1", "popularity"),
    ],
)
def test_what_cannot_be_read_is_named(text, told):
    with pytest.raises(InputError, match=told):
        named_loss(text)


def test_every_setting_of_a_loss_can_be_written():
    """A setting whose default no word can stand for would be one that the command line cannot reach."""
    for name in LOSSES:
        for key, default in loss_settings(name).items():
            word = str(default).lower() if isinstance(default, bool) else default
            named_loss(f"{name}:{key}={word}")


def test_the_usual_number_of_negatives_is_that_of_the_name():
    assert (
        usual_negatives("gbce:calibration=1") == TrainingSettings(loss="gbce:calibration=1").negatives == 256
    )
    assert usual_negatives("ce") == 1


@pytest.mark.parametrize(
    "loss", ["sampled:draw=user", "sampled:draw=user,replace=true", "in-batch:uniform=5"]
)
def test_a_model_trains_on_it(loss):
    split = leave_one_out(simulate("video", users=60, seed=1), max_len=20)
    torch.manual_seed(0)
    model = build(recipe_settings("sasrec", split.log.n_items, max_len=20, dim=8, ff_width=8))
    history = fit(model, split, loss=loss, negatives=20, epochs=3, lr=0.01, progress=False, device="cpu")
    assert history.settings["loss"] == loss
    assert history.epochs[-1]["loss"] < history.epochs[0]["loss"]
