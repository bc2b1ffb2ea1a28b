"""Costs, plans, laws of size, portions, the row-wise optimiser and a table with one owner."""

import numpy as np
import pytest
import torch

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.messages import InputError
from seqrec_lib.scale import (
    CostModel,
    Prices,
    ShardedTable,
    fit_size_law,
    owner_of,
    plan,
    ring_bytes,
    table_bytes,
    weighted_gradient,
)
from seqrec_lib.scale.portions import portions
from seqrec_lib.scale.row_wise import RowWiseAdagrad
from seqrec_lib.scale.serving import ServingCost, fleet, serving_parts
from seqrec_lib.training.ranks import Alone

MACHINE = Prices(flops=1e12, memory=10e9, network=1e9, an_hour=3.0)


def test_no_cost_is_below_nothing():
    """Runs in which more bytes took less time: a free byte is believed, one that gives time back is not."""
    runs = [
        {"flops": f, "moved": 1e9 / f, "seconds": 0.1 + f * (1 + 0.01 * n)}
        for n, f in enumerate((1.0, 2.0, 3.0, 4.0))
    ]
    found = CostModel.fit(runs)
    assert min(found.step, found.flop, found.byte) >= 0
    assert all(found.seconds(r["flops"], r["moved"]) == pytest.approx(r["seconds"], rel=0.1) for r in runs)


@pytest.mark.parametrize("seconds", [[0.1, 0.2], [0.1, 0.0, 0.3]])
def test_a_fit_needs_three_runs_that_took_time(seconds):
    with pytest.raises(InputError, match="give at least 3|above 0"):
        CostModel.fit([{"flops": n, "moved": n * n, "seconds": s} for n, s in enumerate(seconds, 1)])


def test_a_plan_is_the_fewest_machines_that_hold_and_finish():
    for state, hours in ((5e9, 100), (45e9, 100), (5e9, 7), (45e9, 2.1)):
        found = plan(3600e12 * 12, state, 1e6, 100, hours, MACHINE)
        assert found.hours <= hours and found.machines * MACHINE.memory >= state
        fewer = found.machines - 1
        assert fewer == 0 or fewer * MACHINE.memory < state or 12 / fewer > hours
        assert found.money == pytest.approx(found.machines * found.hours * 3.0)
    assert plan(1e9, 45e9, 1e6, 1, 9, MACHINE).decided_by == "memory"
    assert plan(3600e12 * 12, 5e9, 1e6, 1, 9, MACHINE).decided_by == "time"
    assert plan(1e9, 5e9, 1e6, 1, 9, MACHINE).decided_by == "one machine is enough"


def test_a_fleet_works_no_more_than_it_may_and_a_machine_less_would():
    for table, rate, seconds in ((5e9, 90.0, 0.3), (45e9, 2000.0, 0.8), (5e9, 0.1, 0.01)):
        found = fleet(rate, 16, seconds, table, MACHINE, busy=0.6)
        assert found.machines == found.shards * found.copies
        assert found.shards * MACHINE.memory >= table > (found.shards - 1) * MACHINE.memory
        assert rate / 16 * found.answer <= 0.6 * found.copies + 1e-9
        assert found.copies == 1 or rate / 16 * found.answer > 0.6 * (found.copies - 1)
        assert found.money == pytest.approx(found.machines * 24 * 3.0)


def test_an_index_that_scores_a_tenth_costs_less_and_the_encoder_stays():
    whole, tenth = (serving_parts(8, items, 16, layers=2, length=20) for items in (1000, 100))
    assert tenth["read"] == whole["read"] / 10 and tenth["scores"] == whole["scores"] / 10
    encoder = serving_parts(8, 0, 16, layers=2, length=20)["flops"]
    assert tenth["flops"] - encoder == pytest.approx((whole["flops"] - encoder) / 10) and encoder > 0


def test_a_plan_that_the_network_forbids_says_what_to_do():
    with pytest.raises(InputError, match="use larger batches"):
        plan(3600e12 * 12, 5e9, 1e9, 1e5, 2, MACHINE)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: ring_bytes(8, 0), "ranks is 0"),
        (lambda: fleet(10, 1, 0.1, 1e9, MACHINE, busy=0.0), "busy is 0"),
        (lambda: fleet(0, 1, 0.1, 1e9, MACHINE), "must all be above 0"),
        (lambda: ServingCost.fit([{"flops": 1, "read": 1, "scores": 1, "seconds": 1.0}] * 3), "at least 4"),
        (lambda: table_bytes(5, 2, "adamw"), "one of adam, row-wise, none"),
        (lambda: weighted_gradient(torch.ones(2, 3), [0, 0]), "not all 0"),
        (lambda: weighted_gradient(torch.ones(2, 3), [1, 2, 3]), "one count a rank"),
        (lambda: fit_size_law([1, 2], [0.1, 0.2]), "three or more"),
        (lambda: fit_size_law([1, 2, 2], [0.1, 0.2, 0.3]), "three or more"),
        (lambda: ShardedTable(0, 4, Alone()), "at least 1"),
        (lambda: ShardedTable(5, 4, Alone())(torch.tensor([6])), "from 0 to 5"),
        (lambda: RowWiseAdagrad([torch.nn.Parameter(torch.ones(3))]), "rows and columns"),
        (lambda: RowWiseAdagrad([torch.nn.Parameter(torch.ones(3, 2))], lr=0.0), "lr is 0"),
        (lambda: next(portions(simulate("video", users=20).log, 0)), "rows is 0"),
    ],
)
def test_what_cannot_be_is_refused(call, match):
    with pytest.raises(InputError, match=match):
        call()


def test_a_law_stays_at_its_bound():
    sizes = [10, 20, 40, 80]
    values = [0.2, 0.3, 0.4, 0.5]  # a straight line over the logarithm: no limit in sight
    assert fit_size_law(sizes, values, most=0.6).limit <= 0.6
    flat = fit_size_law(sizes, [0.4, 0.3, 0.2, 0.1])  # what falls with size gets no negative gap
    assert flat.gap == 0.0 and flat.at(1000) == pytest.approx(0.25)


def test_portions_are_whole_users_and_all_of_them():
    log = simulate("video", users=60, seed=3).log
    parts = list(portions(log, 400))
    assert len(parts) > 3
    assert np.concatenate([part.items for part in parts]).tolist() == log.items.tolist()
    assert np.concatenate([part.user_ids for part in parts]).tolist() == log.user_ids.tolist()
    whole = leave_one_out(log, 20)
    cut = torch.cat([leave_one_out(part, 20).test.target for part in parts])
    assert cut.tolist() == whole.test.target.tolist()
    assert max(len(part) for part in parts) <= 400
    assert [len(part) for part in portions(log, 1)] == np.diff(log.offsets).tolist()


@pytest.mark.parametrize("sparse", [True, False])
def test_row_wise_adagrad_by_the_book(sparse):
    torch.manual_seed(0)
    table = torch.nn.Embedding(9, 4, sparse=sparse)
    optimiser = RowWiseAdagrad(table.parameters(), lr=0.3)
    wanted, squares = table.weight.detach().numpy().copy(), np.zeros(9)
    for items in ([2, 5, 2], [5, 7], [2]):
        optimiser.zero_grad()
        (table(torch.tensor(items)) * torch.arange(1.0, 5.0)).square().sum().backward()
        dense = table.weight.grad.to_dense().numpy() if sparse else table.weight.grad.numpy()
        optimiser.step()
        for row in set(items):
            squares[row] += (dense[row] ** 2).mean()
            wanted[row] -= 0.3 * dense[row] / np.sqrt(squares[row])
    np.testing.assert_allclose(table.weight.detach().numpy(), wanted, rtol=1e-5, atol=1e-6)


def test_row_wise_adagrad_can_be_saved_and_goes_on():
    def trained(steps, state=None):
        torch.manual_seed(0)
        table = torch.nn.Embedding(6, 3, sparse=True)
        optimiser = RowWiseAdagrad(table.parameters())
        if state is not None:
            table.load_state_dict(state[0])
            optimiser.load_state_dict(state[1])
        for _ in range(steps):
            optimiser.zero_grad()
            table(torch.tensor([1, 4])).exp().sum().backward()
            optimiser.step()
        return table.state_dict(), optimiser.state_dict()

    torch.testing.assert_close(trained(2, trained(3))[0]["weight"], trained(5)[0]["weight"])


def test_a_table_begins_alike_for_any_number_of_owners():
    class Rank(Alone):
        def __init__(self, rank, size):
            self.rank, self.size = rank, size

    whole = ShardedTable(100_000, 3, Alone(), seed=7).rows
    for rank in range(3):
        torch.testing.assert_close(ShardedTable(100_000, 3, Rank(rank, 3), seed=7).rows, whole[rank::3])
    items = torch.arange(11)
    owner, row = owner_of(items, 3)
    assert (row * 3 + owner).tolist() == items.tolist()
    assert not whole[0].any() and float(whole[1:].detach().std()) == pytest.approx(0.02, rel=0.02)


def test_padding_gets_no_gradient():
    table = ShardedTable(5, 2, Alone())
    table(torch.tensor([[0, 3], [3, 0]])).sum().backward()
    assert not table.rows.grad[0].any() and table.rows.grad[3].tolist() == [2.0, 2.0]
