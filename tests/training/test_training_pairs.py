"""Settings of training two at a time: a schedule with a warm-up, patience and time across a resume."""

import pytest
import torch
from tiny_training import QUICK, new_model

from seqrec_lib.data.batch import Batch
from seqrec_lib.data.batching import batches
from seqrec_lib.training import TrainingSettings, fit
from seqrec_lib.training.optimiser import step_size


def test_a_cosine_begins_where_the_warm_up_ends():
    settings = TrainingSettings(lr=1.0, schedule="cosine", warmup=4)
    steps = [step_size(step, 12, settings) for step in range(13)]
    assert steps[:4] == [0.25, 0.5, 0.75, 1.0]
    assert steps[4] == pytest.approx(1.0)  # the first step of the cosine is its top
    assert steps[8] == pytest.approx(0.5)  # half of the eight steps that are left
    assert steps[12] == pytest.approx(0.0, abs=1e-12)
    assert all(a > b for a, b in zip(steps[4:], steps[5:], strict=False))


def stopped_after(split, folder, done, monkeypatch, **settings):
    """Train and be interrupted after ``done`` epochs; return the history."""
    from seqrec_lib.training.state import RunState

    save = RunState.save

    def stop(state, improved):
        save(state, improved)
        if len(state.history.epochs) == done:
            raise KeyboardInterrupt

    monkeypatch.setattr(RunState, "save", stop)
    history = fit(new_model(), split, out=folder, **settings)
    monkeypatch.undo()
    return history


def test_patience_counts_on_across_a_resume(split, tmp_path, monkeypatch):
    """With a step size of almost nothing no epoch is better than the first."""
    settings = {**QUICK, "epochs": 20, "patience": 4, "lr": 1e-12}
    whole = fit(new_model(), split, **settings)
    assert whole.stopped == "patience" and len(whole.epochs) == 5
    first = stopped_after(split, tmp_path, 3, monkeypatch, **settings)
    assert first.stopped == "interrupted" and len(first.epochs) == 3
    rest = fit(new_model(), split, out=tmp_path, resume=True, **settings)
    assert rest.stopped == "patience" and len(rest.epochs) == 5


def test_the_seconds_before_a_stop_count_after_it(split, tmp_path, monkeypatch):
    settings = {**QUICK, "epochs": 500, "patience": 0}
    first = stopped_after(split, tmp_path, 2, monkeypatch, **settings)
    spent = first.seconds
    rest = fit(new_model(), split, out=tmp_path, resume=True, max_seconds=spent * 0.9, **settings)
    assert rest.stopped == "max_seconds" and len(rest.epochs) == 2  # the time was used up before


def test_batches_come_in_random_order():
    """Rows of like length stand together, but short batches do not all come first."""
    lengths = torch.arange(1, 41)
    items = (torch.arange(40) < lengths[:, None]).long()
    train = Batch(items=items, lengths=lengths, users=torch.arange(40))
    order = [int(part.lengths.max()) for part in batches(train, 4, torch.Generator().manual_seed(0))]
    assert sorted(order) == list(range(4, 41, 4)) and order not in (sorted(order), sorted(order)[::-1])
