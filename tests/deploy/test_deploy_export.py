"""Exported graphs answer as PyTorch does, at every size; what has no graph says why."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import torch
from tiny_models import MAX_LEN, V, batch_of, small_sizes
from torch import nn

from seqrec_lib.data import Batch, leave_one_out, simulate
from seqrec_lib.deploy import (
    WITHOUT_GRAPH,
    OnnxModel,
    agreement,
    export_model,
    export_run,
    frozen_sizes,
    graph_of,
    load_exported,
    relative_error,
)
from seqrec_lib.deploy.graph import AXES
from seqrec_lib.messages import InputError
from seqrec_lib.models import RECIPES, build, recipe_settings
from seqrec_lib.models.baselines import COUNTED

SHAPES = ((1,), (3, 2, 7), (5, 1, 9, 2))  # lengths of the rows of three batches


def small(name):
    torch.manual_seed(0)
    return build(recipe_settings(name, V, **small_sizes(name))).eval()


def worst_error(model, exported):
    found = 0.0
    for lengths in SHAPES:
        batch = batch_of(lengths, width=max(lengths), seed=3)
        with torch.no_grad():
            want = model.score(batch)
        found = max(found, relative_error(exported.score(batch), want))
    return found


@pytest.mark.parametrize("name", [name for name in RECIPES if name not in WITHOUT_GRAPH])
def test_every_recipe_answers_as_pytorch_does_at_three_sizes(name):
    model = small(name)
    exported = OnnxModel(export_model(model, MAX_LEN))
    assert worst_error(model, exported) < 1e-5
    assert exported.n_items == V and exported.metadata["opset"] == 20
    if not model.settings.timed:
        assert agreement(model, exported, MAX_LEN) < 1e-5


@pytest.mark.parametrize("name", list(WITHOUT_GRAPH))
def test_what_has_no_graph_says_why(name):
    assert name in RECIPES or name in COUNTED, "a reason for a model that is not there"
    named = SimpleNamespace(name=name, n_items=V) if name in COUNTED else small(name)
    with pytest.raises(InputError, match=f"{name} cannot be exported: it"):
        graph_of(named)


def test_every_counted_model_has_a_graph_or_a_reason():
    split = leave_one_out(simulate("video", users=120), max_len=20)
    batch = split.test.batch.rows(slice(0, 7)).trim()
    for name in COUNTED:
        if name in WITHOUT_GRAPH:
            continue
        model = COUNTED[name](split.train_log)
        exported = OnnxModel(export_model(model, 20))
        torch.testing.assert_close(exported.score(batch), model.score(batch), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["gru4rec", "lstm-mean"])
def test_a_second_export_in_the_same_process_is_as_free_as_the_first(name):
    """The exporter once unrolled a recurrence that had run in this process before."""
    for _ in range(2):
        assert OnnxModel(export_model(small(name), MAX_LEN)).metadata["reads"] == ["items", "lengths"]


class Freezes(nn.Module):
    """What the library's own ``Batch.last`` once did: a Python int of the batch goes into the graph."""

    reads = ("items", "lengths")
    n_items = V

    def __init__(self, frozen):
        super().__init__()
        self.table, self.frozen = nn.Embedding(V + 1, 4), frozen

    def forward(self, items, lengths):
        states = self.table(items)
        rows = int(items.shape[0]) if self.frozen else items.shape[0]
        last = states[torch.arange(rows), lengths - 1]
        return last @ self.table.weight.T


def test_a_frozen_batch_is_refused(monkeypatch):
    from seqrec_lib.deploy import export

    monkeypatch.setattr(export, "graph_of", lambda model: model)
    assert export_model(Freezes(frozen=False).eval(), MAX_LEN)
    with pytest.raises(InputError, match="fixed size|could not make a graph"):
        export_model(Freezes(frozen=True).eval(), MAX_LEN)


def test_fixed_sizes_are_named():
    onnx = pytest.importorskip("onnx")
    made = onnx.load_from_string(export_model(small("sasrec"), MAX_LEN))
    free = {"batch", "steps"}
    assert frozen_sizes(made, free) == []
    made.graph.input[0].type.tensor_type.shape.dim[1].dim_value = 5
    made.graph.output[0].type.tensor_type.shape.dim[0].dim_value = 3
    assert frozen_sizes(made, free) == ["steps of items is 5", "batch of scores is 3"]
    assert {axis for name in AXES for axis in AXES[name]} == {"batch", "steps", "candidates"}


def test_the_graph_is_behind_the_checks_that_it_cannot_make():
    exported = OnnxModel(export_model(small("sasrec"), MAX_LEN))
    one = torch.ones(1, dtype=torch.int64)
    for items, lengths, told in (
        (torch.ones(1, MAX_LEN + 1, dtype=torch.int64), one, "takes at most"),
        (torch.tensor([[1, 2]]), one * 0, "empty"),
        (torch.tensor([[1, 2]]), one * 3, "longer than its row"),
        (torch.tensor([[1, V + 1]]), one * 2, f"must be 1 to {V}"),
        (torch.tensor([[1, 0]]), one * 2, f"must be 1 to {V}"),
    ):
        with pytest.raises(InputError, match=told):
            exported.score(Batch(items=items, lengths=lengths))


def test_a_run_comes_back_with_its_ids_titles_and_lists(run, onnx_file):
    back = load_exported(onnx_file)
    assert (back.item_ids, back.titles, back.counts) == (run.item_ids, run.titles, run.counts)
    ids = [each for each in run.item_ids if each is not None]
    for histories in ([ids[:5]], [ids[3:40], ids[:1]]):
        mine, theirs = run.recommend(histories, 5), back.recommend(histories, 5)
        assert [[x["item"] for x in row] for row in mine] == [[x["item"] for x in row] for row in theirs]


def test_two_files_that_do_not_belong_together_are_refused(run, onnx_file, tmp_path):
    copy = tmp_path / "model.onnx"
    copy.write_bytes(onnx_file.read_bytes())
    with pytest.raises(InputError, match=r"model\.json: no such file"):
        load_exported(copy)
    told = json.loads(onnx_file.with_suffix(".json").read_text(encoding="utf-8"))
    copy.with_suffix(".json").write_text(json.dumps({**told, "graph": "0" * 64}), encoding="utf-8")
    with pytest.raises(InputError, match="not of one export"):
        load_exported(copy)
    copy.with_suffix(".json").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match="damaged"):
        load_exported(copy)
    with pytest.raises(InputError, match="must end in .onnx"):
        export_run(run, tmp_path / "model.bin")


def test_a_graph_that_disagrees_is_not_written(run, tmp_path, monkeypatch):
    from seqrec_lib.deploy import exported

    monkeypatch.setattr(exported, "agreement", lambda *_: 1e-3)
    with pytest.raises(InputError, match="nothing was written"):
        export_run(run, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())


def test_a_killed_export_leaves_the_old_pair_or_one_that_is_refused(run, onnx_file, tmp_path, monkeypatch):
    from seqrec_lib.deploy import exported

    for file in (onnx_file, onnx_file.with_suffix(".json")):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    before = (tmp_path / "model.onnx").read_bytes()

    def dies(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(exported, "write_bytes", dies)
    with pytest.raises(KeyboardInterrupt):
        export_run(run, tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").read_bytes() == before and load_exported(tmp_path / "model.onnx")


def test_damage_is_named(tmp_path):
    with pytest.raises(InputError, match="damaged"):
        OnnxModel(b"not a graph")


def test_relative_error_says_what_cannot_be_compared():
    want = torch.tensor([[-torch.inf, 3.0, 4.0]])
    assert relative_error(torch.tensor([[-torch.inf, 3.0, 4.5]]), want) == pytest.approx(0.1)
    with pytest.raises(InputError, match="gives none"):
        relative_error(torch.tensor([[0.0, 3.0, 4.0]]), want)
    with pytest.raises(InputError, match="shape"):
        relative_error(want[:, :2], want)
