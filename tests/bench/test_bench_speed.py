"""The speed benchmark at tiny sizes: the same arithmetic, honest counts, operations that a counter finds."""

import itertools
import json
import time

import pytest
import speed
import torch
import torch.nn.functional as F
from contestants import OurTraining, plain
from machine import INTERACTIONS, ITEMS, USERS, describe_machine, log_or_simulated, simulated_log
from operations import Products, operations, shapes, square_rate
from shares import PARTS, add_up, shares
from speed import OURS, OURS_FP32, PLAIN, measure, ratio
from torch.utils.flop_counter import FlopCounterMode

from seqrec_lib import results
from seqrec_lib.data import Batch, leave_one_out
from seqrec_lib.data.batching import batches
from seqrec_lib.losses import cross_entropy
from seqrec_lib.models import build, recipe_settings


@pytest.fixture(scope="module")
def log():
    return simulated_log(users=30, items=40, rows=30 * 60)


@pytest.fixture(scope="module")
def rows(log):
    """The rows of a run, with a small square product: a large one takes 13 s where bf16 is emulated."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(speed, "square_rate", lambda kind: square_rate(kind, size=64, repeats=2))
        return measure(log, rounds=2, seconds=0.01, threads=1, recbole=None)


def test_the_simulated_log_has_the_sizes_of_movielens():
    log = simulated_log()
    assert (log.n_users, log.n_items, len(log)) == (USERS, ITEMS, INTERACTIONS)
    kept = leave_one_out(log, 200).train.lengths.double().mean()
    assert 100 < kept < 115  # of MovieLens-1M's own: 107
    assert (simulated_log().items == log.items).all() and (simulated_log(1).items != log.items).any()


def test_a_source_that_is_not_there_gives_a_simulated_log_and_says_so():
    log, note = log_or_simulated("nowhere.txt")
    assert "simulated" in log.name and "nowhere.txt" in note


def test_the_plain_version_computes_what_ours_does(log):
    """With our weights in it: the same loss, so the comparison is of speed alone."""
    ours, other = OurTraining(log, 50, "fp32"), plain(log, 50)
    a, b = ours.model.eval(), other.model.eval()
    with torch.no_grad():
        b.items.weight.copy_(a.embedding.weight)
        b.positions.weight.copy_(a.encoder.positions.weight)
        for block, norm, attention, ff_norm, ff in zip(
            a.encoder.blocks,
            b.attention_norms,
            b.attention,
            b.feed_forward_norms,
            b.feed_forward,
            strict=True,
        ):
            norm.load_state_dict(block.norm_attention.state_dict())
            ff_norm.load_state_dict(block.norm_ff.state_dict())
            part = block.attention
            attention.in_proj_weight.copy_(torch.cat([part.query.weight, part.key.weight, part.value.weight]))
            attention.in_proj_bias.copy_(torch.cat([part.query.bias, part.key.bias, part.value.bias]))
            attention.out_proj.load_state_dict(part.mix.state_dict())
            ff[0].load_state_dict(block.inner.state_dict())
            ff[3].load_state_dict(block.outer.state_dict())
        b.last_norm.load_state_dict(a.encoder.last_norm.state_dict())
        batch = next(batches(ours.train, 30, shuffle=False))
        mine = cross_entropy(
            a.hidden(batch).flatten(0, 1)[batch.steps], batch.targets.flatten()[batch.steps], a.item_matrix()
        )
        scores = b(batch.items)[:, :, 1:].flatten(0, 1)  # ours has no class for padding
        theirs = F.cross_entropy(scores, batch.targets.flatten() - 1, ignore_index=-1)
    torch.testing.assert_close(mine, theirs)


@pytest.mark.parametrize("make", [lambda log: OurTraining(log, 20, "fp32"), lambda log: plain(log, 20)])
def test_a_turn_counts_real_targets_only(log, make):
    """One batch holds all 30 users; each has the targets that its history allows, and padding is none."""
    targets, spent = make(log).turn(1e-6)
    assert targets == int((leave_one_out(log, 20).train.targets > 0).sum()) < 30 * 20
    assert spent > 0


def test_a_longer_turn_trains_more(log, monkeypatch):
    ours = OurTraining(log, 20, "fp32")
    ticks = itertools.count()  # a clock that a busy machine cannot hold up: each look at it takes 10 ms
    monkeypatch.setattr(time, "perf_counter", lambda: next(ticks) / 100)
    one, _ = ours.turn(1e-6)
    more, spent = ours.turn(0.5)
    assert spent >= 0.5 and more > one and more % one == 0


def test_operations_are_those_that_a_counter_finds():
    """The path with weights multiplies whole T x T tables, and the counter sees every product."""
    model = build(recipe_settings("sasrec", 37, max_len=12, dim=16, ff_width=24))
    items = torch.randint(1, 38, (5, 12))
    batch = Batch(items=items, lengths=torch.full((5,), 12))
    with FlopCounterMode(display=False) as counter:
        states = model.attend(batch, need_weights=True)[0].flatten(0, 1)
        cross_entropy(states, items.flatten(), model.item_matrix()).backward()
    asked = {"n_items": 37, "dim": 16, "ff_width": 24, "blocks": 2, "targets": 60}
    assert counter.get_total_flops() == operations(batch.lengths, **asked, causal=False)
    assert operations(batch.lengths, **asked) < counter.get_total_flops()


def test_by_hand_one_row_of_two_steps():
    """D = F = 1, one item: 6 linear products a step, 3 pairs, 2 scores; 2 operations each, 3 passes."""
    found = operations(torch.tensor([2]), n_items=1, dim=1, ff_width=1, blocks=1, targets=2)
    assert found == 3 * 2 * (2 * 6 + 3 * 2 + 2)


def test_the_products_that_are_timed_are_those_that_are_counted():
    wanted = shapes(8, 100, 50, 16, 24, 2, 800, chunk=32)
    timed = sum(2 * b * m * k * n * count for _, (b, m, k, n), count in wanted)
    counted = operations(torch.full((8,), 100), 50, 16, 24, 2, 800)
    diagonal = 3 * 2 * 2 * 2 * 16 * 8 * 100 / 2  # half a table of pairs has no half of its diagonal
    assert timed == pytest.approx(counted - diagonal)
    products = Products(wanted, torch.float32)
    assert 0 < products.turn(1) <= products.best() and len(products.by_name()) == len(wanted)


@pytest.mark.parametrize("size, repeats", [(64, 1), (128, 3)])
def test_a_square_product_is_rated_by_its_fastest_turn(monkeypatch, size, repeats):
    """Turns of 4, 2 and 8 seconds on a clock of our own; size cubed multiplications, 2 operations each."""
    looks = iter([0.0, 4.0, 10.0, 12.0, 20.0, 28.0])
    monkeypatch.setattr(time, "perf_counter", lambda: next(looks))
    assert square_rate(torch.float32, size, repeats) == 2 * size**3 / min([4.0, 2.0, 8.0][:repeats])


def test_shares_add_up_and_the_backward_pass_is_charged_to_its_part(log):
    found = shares(OurTraining(log, 50, "fp32"), 0.05)
    assert set(found["parts"]) == set(PARTS) and sum(found["parts"].values()) == pytest.approx(1, abs=1e-3)
    assert all(found["parts"][part] > 0 for part in PARTS) and 0 < found["products"] < 1
    assert found["parts"]["other"] < 0.6


class Event:
    """What ``add_up`` reads of a profiler's event."""

    def __init__(self, name, own, parent=None, sequence_nr=-1):
        self.name, self.self_cpu_time_total = name, own
        self.cpu_parent, self.sequence_nr = parent, sequence_nr


def test_a_backward_step_is_charged_to_the_part_of_its_forward_step():
    part = Event("part:attention", 0)
    inner = Event("part:dropout", 0, part)
    back = Event("autograd::engine::evaluate_function: MmBackward0", 2, sequence_nr=7)
    found = add_up(
        [
            part, inner, back,
            Event("aten::mm", 3, part, sequence_nr=7), Event("aten::mul", 10, inner, sequence_nr=8),
            Event("aten::mm", 5, back), Event("autograd::engine::evaluate_function: X", 20, sequence_nr=99),
            Event("aten::add_", 60, Event("Optimizer.step#AdamW.step", 0)),
        ]
    )  # fmt: skip
    charged = {"attention": 0.1, "dropout": 0.1, "optimiser": 0.6, "other": 0.2}
    assert found["parts"] == {**dict.fromkeys(PARTS, 0.0), **charged}
    assert found["products"] == 0.08


def test_one_run_holds_every_contestant_and_its_rows_fit_the_schema(rows, tmp_path, monkeypatch):
    by_name = {row["contestant"]: row for row in rows}
    assert {OURS, OURS_FP32, PLAIN, "products, fp32"} <= set(by_name)
    assert by_name[OURS]["times"]["than"] == PLAIN and by_name[OURS]["profile"]["products"] > 0
    assert all(row["best"] >= row["median"] > 0 and len(row["rounds"]) == 2 for row in rows)
    share = by_name[OURS_FP32]["share_of_fp32_products"]["best"]
    rate = by_name[OURS_FP32]["best"] * by_name[OURS_FP32]["operations_per_target"]
    assert share == pytest.approx(rate / by_name["products, fp32"]["best"], abs=2e-4)
    of_a_square = by_name[OURS_FP32]["share_of_fp32_products"]["of_a_square_product"]
    assert of_a_square == pytest.approx(rate / by_name["products, fp32"]["square"], abs=2e-4)
    same = dict.fromkeys(("data", "device", "versions", "command", "commit"), "x")
    same["machine"] = describe_machine(1)
    (tmp_path / "speed.json").write_text(json.dumps({"rows": [{**row, **same} for row in rows]}))
    monkeypatch.setattr(results.resources, "files", lambda name: tmp_path)
    assert results.load_results("speed").where(contestant=OURS).rows


def test_a_ratio_is_of_turns_of_the_same_round():
    found = ratio([10.0, 30.0], [5.0, 10.0], "x")
    assert found == {"than": "x", "best": 3.0, "median": 2.5, "rounds": [2.0, 3.0]}
