"""Smaller models: what became of the bytes, that they rank nearly alike, and a folder of one is a run."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn

from seqrec_lib import evaluate
from seqrec_lib.compress import (
    METHODS,
    Int8Linear,
    bytes_of,
    committed,
    compress_run,
    compressed,
    kept_top,
    latencies,
    percentile,
    quantise_layers,
    with_table,
)
from seqrec_lib.compress.kept_models import committed_names, write_committed
from seqrec_lib.compress.measuring import top_items
from seqrec_lib.compress.tables import dynamic, masked, table_bytes
from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.encoders.tables import dequantise, make_table, quantise
from seqrec_lib.experiments import load_run, train
from seqrec_lib.messages import InputError
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.models.baselines import Markov

WORLD = simulate("video", users=150, seed=1)
SPLIT = leave_one_out(WORLD, max_len=20)
CASES = SPLIT.test.rows(slice(0, 60))
V, DIM = WORLD.n_items, 16


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small trained gru4rec as a run folder."""
    place = tmp_path_factory.mktemp("compress") / "run"
    train("gru4rec", SPLIT, out=place, device="cpu", progress=False, epochs=3, dim=DIM)
    return place


@pytest.fixture(scope="module")
def full(folder):
    return load_run(folder, "cpu").model


def scores_of(model, cases=CASES):
    with torch.no_grad():
        return model.score(cases.batch)[:, 1:]


def bytes_of_table(method, pieces=8, kept=0.1):
    """Counted from what is stored, not from the library's tensors."""
    rows, numbers = V + 1, (V + 1) * DIM
    count = round(kept * numbers)
    return {
        "bf16": 2 * numbers,
        "int8": numbers + 4 * rows,
        "int4": numbers // 2 + 4 * rows,
        "codes": pieces * rows + 4 * min(256, V) * DIM,
        "sparse": 5 * count + 4 * (rows + 1),
    }[method]


@pytest.mark.parametrize("method", METHODS)
def test_the_bytes_are_those_of_what_is_stored(full, method):
    small = compressed(full, method)
    assert table_bytes(small.embedding) == bytes_of_table(method)
    assert bytes_of(full) - bytes_of(small) == 4 * (V + 1) * DIM - bytes_of_table(method)
    assert bytes_of(full) == sum(each.numel() * 4 for each in full.state_dict().values())


@pytest.mark.parametrize(
    ("method", "options", "least"),
    [
        ("bf16", {}, 0.9999),
        ("int8", {}, 0.999),
        ("int4", {}, 0.97),
        ("codes", {"pieces": 16}, 0.99),
        ("sparse", {"kept": 0.5}, 0.9),
    ],
)
def test_scores_stay_near_and_the_rest_of_the_model_is_the_same(full, method, options, least):
    small = compressed(full, method, **options)
    assert not small.training and small.settings.table == method
    before, after = scores_of(full), scores_of(small)
    alike = torch.corrcoef(torch.stack([before.flatten(), after.flatten()]))[0, 1]
    assert least < alike and not torch.equal(before, after)
    old, new = full.state_dict(), small.state_dict()
    rest = [name for name in old if not name.startswith("embedding")]
    assert rest and all(torch.equal(old[name], new[name]) for name in rest)
    assert kept_top(top_items(full, CASES, 10), top_items(small, CASES, 10)).mean() > 0.6


def test_more_of_it_is_nearer(full):
    def off(method, **options):
        return float((scores_of(compressed(full, method, **options)) - scores_of(full)).abs().mean())

    assert off("bf16") < off("int4") and off("int8") < off("int4")
    assert off("sparse", kept=0.9) < off("sparse", kept=0.3)
    assert off("sparse", kept=1.0) < 1e-6


def test_more_pieces_are_nearer_where_codewords_are_shared():
    torch.manual_seed(0)
    model = build(recipe_settings("gru4rec", 900, dim=8, max_len=20)).eval()
    was = model.embedding.weight.detach()
    off = [
        float((compressed(model, "codes", pieces=pieces).embedding.weight.detach() - was).abs().mean())
        for pieces in (2, 4, 8)
    ]
    assert off[0] > off[1] > off[2] > 0


def test_the_model_that_is_made_smaller_and_the_random_state_stay(full):
    was, state = copy.deepcopy(full.state_dict()), torch.get_rng_state()
    compressed(full, "codes")
    with_table(full, lambda w: w * 0)
    assert all(torch.equal(was[name], value) for name, value in full.state_dict().items())
    assert torch.equal(state, torch.get_rng_state())


def test_an_output_table_of_its_own_is_made_smaller_too():
    torch.manual_seed(0)
    model = build(recipe_settings("sasrec", V, dim=DIM, max_len=20, tied=False)).eval()
    small = compressed(model, "int8")
    rows = dequantise(*quantise(model.output.weight.detach()))
    torch.testing.assert_close(small.output.weight, rows)
    assert not torch.equal(small.output.weight, small.embedding.weight)
    torch.testing.assert_close(dynamic(small).weight, small.output.weight)


@pytest.mark.parametrize(
    ("method", "options", "words"),
    [
        ("int7", {}, "int8|int4"),
        ("int8", {"pieces": 4}, "unknown option of int8 'pieces': it has none"),
        ("codes", {"kept": 0.1}, "unknown option of codes 'kept': it has pieces"),
        ("codes", {"pieces": 5}, "pieces is 5"),
        ("sparse", {"kept": 0.0}, "kept is 0"),
        ("sparse", {"kept": 2.0}, "kept is 2"),
    ],
)
def test_a_method_or_an_option_that_is_none_is_refused(full, method, options, words):
    with pytest.raises(InputError, match=words):
        compressed(full, method, **options)


def test_what_cannot_be_made_smaller_is_refused(full):
    with pytest.raises(InputError, match="table is int8 already: compress the model that it was made from"):
        compressed(compressed(full, "int8"), "int4")
    own = build(recipe_settings("caser", V, dim=8, max_len=20))
    if "table" not in own.settings.as_dict():
        with pytest.raises(InputError, match="caser keeps its items in a table of its own"):
            compressed(own, "int8")
    with pytest.raises(InputError, match="no table of whole numbers"):
        dynamic(full)
    weight = full.embedding.weight
    broken = with_table(full, lambda w: torch.where(torch.arange(V + 1)[:, None] == 3, torch.nan, w))
    assert bool(torch.isfinite(weight).all())
    with pytest.raises(InputError, match="row 3 of the table"):
        compressed(broken, "int8")


@pytest.mark.parametrize("kept", [0.5, 0.1])
def test_zeros_of_a_mask_cost_as_much_as_numbers_and_score_as_the_sparse_table(full, kept):
    pruned = with_table(full, lambda w: masked(w, kept))
    assert int((pruned.embedding.weight != 0).sum()) == round(kept * (V + 1) * DIM)
    assert bytes_of(pruned) == bytes_of(full)
    sparse = compressed(full, "sparse", kept=kept)
    torch.testing.assert_close(scores_of(pruned), scores_of(sparse))


@pytest.mark.parametrize(("method", "options"), [*((name, {}) for name in METHODS), ("codes", {"pieces": 4})])
def test_a_smaller_folder_is_a_run_as_any_other(folder, full, tmp_path, method, options):
    told = compress_run(folder, method, tmp_path / "small", **options)
    run, small = load_run(tmp_path / "small", "cpu"), compressed(full, method, **options)
    assert (told.before, told.after) == (bytes_of(full), bytes_of(small))
    assert f"{told.after:,} after" in str(told) and method in str(told)
    for name, value in small.state_dict().items():
        assert (
            torch.equal(run.model.state_dict()[name], value) and value.dtype == small.state_dict()[name].dtype
        )
    torch.testing.assert_close(scores_of(run.model), scores_of(small), rtol=0, atol=0)
    assert run.settings["table"] == method and run.notes["compressed"]["method"] == method
    found, want = (evaluate(m, CASES, (10,), with_coverage=False) for m in (run.model, small))
    assert found["NDCG@10"] == want["NDCG@10"]
    history = run.item_ids[3:6]
    (best,) = run.recommend([history], 5)
    assert len(best) == 5 and not {each["item"] for each in best} & set(history)


@pytest.mark.parametrize("kind", ["hashed", "qr", "codes"])
def test_a_table_that_is_trained_survives_its_folder(tmp_path, kind):
    sizes = {"shared_rows": 20} if kind != "codes" else {"pieces": 4}
    made = train(
        "gru4rec",
        SPLIT,
        out=tmp_path / "run",
        device="cpu",
        progress=False,
        epochs=1,
        dim=8,
        table=kind,
        **sizes,
    )
    again = load_run(tmp_path / "run", "cpu").model
    torch.testing.assert_close(scores_of(again), scores_of(made.model.eval()), rtol=0, atol=0)
    if kind == "codes":
        torch.manual_seed(0)
        chance = make_table("codes", V + 1, 8, 1.0, pieces=4).codes
        assert not torch.equal(again.embedding.codes, chance), "codes come from the log"


def test_a_folder_that_is_none_or_full_is_refused(folder, tmp_path):
    with pytest.raises(InputError, match="is the run itself"):
        compress_run(folder, "int8", folder)
    compress_run(folder, "int8", tmp_path / "small")
    with pytest.raises(InputError, match="holds a run already"):
        compress_run(folder, "int4", tmp_path / "small")
    with pytest.raises(InputError, match="table is int8 already"):
        compress_run(tmp_path / "small", "int4", tmp_path / "smaller")
    with pytest.raises(InputError, match="unknown|int8"):
        compress_run(folder, "zip", tmp_path / "third")
    assert not (tmp_path / "third").exists() and not (tmp_path / "smaller").exists()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("way", ["weight-only", "dynamic"])
def test_a_linear_layer_in_whole_numbers(way, bias):
    torch.manual_seed(0)
    layer, x = nn.Linear(24, 16, bias=bias), torch.randn(3, 9, 24)
    with torch.no_grad():
        found = Int8Linear(layer, way)(x)
        weight, rows = layer.weight.numpy(), x.reshape(-1, 24).numpy()
    steps = np.abs(weight).max(1, keepdims=True) / 127
    weight = np.round(weight / steps) * steps
    if way == "dynamic":
        steps = np.abs(rows).max(1, keepdims=True) / 127
        rows = np.round(rows / steps) * steps
    want = (rows @ weight.T + (layer.bias.detach().numpy() if bias else 0)).reshape(3, 9, 16)
    np.testing.assert_allclose(found, want, rtol=1e-4, atol=1e-5)
    assert found.shape == layer(x).shape and not torch.equal(found, layer(x))


def test_all_layers_of_a_model_are_replaced_and_tables_stay():
    torch.manual_seed(0)
    plain = nn.Sequential(nn.Embedding(5, 8), nn.Linear(8, 8), nn.ReLU(), nn.Sequential(nn.Linear(8, 4)))
    small = quantise_layers(plain, "dynamic")
    assert sum(isinstance(each, Int8Linear) for each in small.modules()) == 2
    assert not any(type(each) is nn.Linear for each in small.modules())
    assert sum(type(each) is nn.Linear for each in plain.modules()) == 2, "a copy was changed"
    assert bytes_of(plain) - bytes_of(small) == 3 * (64 + 32) - 4 * (8 + 4)
    with pytest.raises(InputError, match="no linear layer"):
        quantise_layers(nn.Embedding(5, 8))
    with pytest.raises(InputError, match="dynamic"):
        quantise_layers(plain, "dynamics")


def test_a_shared_table_is_counted_once():
    first = nn.Embedding(5, 8)
    second = nn.Linear(8, 5, bias=False)
    second.weight = first.weight
    assert bytes_of(nn.ModuleList([first, second])) == 5 * 8 * 4


def test_a_list_holds_nothing_of_the_history_and_is_in_order(full):
    found, scores = top_items(full, CASES, 7), scores_of(full)
    row, item = CASES.seen()
    for number in range(len(found)):
        met = set(item[row == number].tolist())
        order = sorted(
            (i for i in range(1, V + 1) if i not in met), key=lambda i: -float(scores[number, i - 1])
        )
        assert found[number].tolist() == order[:7]


def test_the_share_that_stays_knows_no_order():
    before = torch.tensor([[1, 2, 3, 4], [5, 6, 7, 8]])
    after = torch.tensor([[4, 3, 9, 1], [1, 2, 3, 4]])
    assert kept_top(before, after).tolist() == [0.75, 0.0]


@pytest.mark.parametrize("share", [0.01, 0.05, 0.5, 0.95, 0.99, 1.0])
@pytest.mark.parametrize("n", [1, 2, 13, 20, 100])
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(n, share):
    values = torch.randperm(n, generator=torch.Generator().manual_seed(n)).double().tolist()
    want = min(v for v in values if 100 * sum(w <= v for w in values) >= round(100 * share) * n)
    assert (
        percentile(values, share) == want
        and want == sorted(values)[math.ceil(round(100 * share) * n / 100) - 1]
    )


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0.0), ([1.0], 1.01), ([1.0], math.nan)])
def test_no_percentile_of_nothing(values, share):
    with pytest.raises(InputError):
        percentile(values, share)


def test_requests_take_turns_and_warm_ones_are_not_counted():
    said = []
    work = {name: lambda n, name=name: said.append((name, n)) for name in ("a", "b")}
    spent = latencies(work, times=3, warm=2)
    assert said[:4] == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]
    assert said[4:] == [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2), ("b", 2)]
    assert {name: len(values) for name, values in spent.items()} == {"a": 3, "b": 3}
    slow = latencies({"slow": lambda n: __import__("time").sleep(0.02)}, times=2, warm=0)["slow"]
    assert all(20 <= each < 2000 for each in slow), "in milliseconds"


def test_the_models_of_the_library_know_their_catalogue_and_leave_the_random_state_alone():
    assert committed_names() == ["codes-trained", "distilled", "full", "hashed", "qr", "small"]
    state = torch.random.get_rng_state()
    sizes = {name: bytes_of(committed(name)) for name in committed_names()}
    assert torch.equal(state, torch.random.get_rng_state())
    assert max(sizes, key=sizes.get) == "full" and sizes["small"] == sizes["distilled"]
    for name in committed_names():
        model = committed(name)
        assert model.n_items == 7500 and not model.training
        assert all(each.dtype == torch.float32 for each in model.parameters())


def test_the_full_model_of_the_library_beats_counting_on_users_it_has_not_seen_the_end_of():
    split = leave_one_out(simulate("large", users=4000, seed=1, series=500, films=2000), max_len=40)
    cases = split.test.rows(slice(0, 1000))
    floor, ours = Markov(split.train_log), committed("full")
    ndcg = [evaluate(each, cases, (10,), with_coverage=False)["NDCG@10"] for each in (floor, ours)]
    assert ndcg[0] < ndcg[1]


def test_a_model_is_written_in_two_bytes_a_number_and_read_in_four(monkeypatch, tmp_path, full):
    monkeypatch.setattr("seqrec_lib.compress.kept_models._folder", lambda: tmp_path)
    write_committed(full, "mine")
    again = committed("mine")
    for name, value in full.state_dict().items():
        torch.testing.assert_close(again.state_dict()[name], value, rtol=1e-3, atol=1e-5)
    assert (tmp_path / "mine.safetensors").stat().st_size < 0.6 * bytes_of(full)
    with pytest.raises(InputError, match="mine"):
        committed("yours")
