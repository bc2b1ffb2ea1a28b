"""Ranks at every step are the ranks that each prefix has."""

import pytest
import torch
from tiny_models import V, batch_of, model_of

from seqrec_lib.evaluation.every_step import ndcg_of_ranks, ranks_at_every_step


def with_targets():
    batch = batch_of((6, 1, 4))
    batch.targets = torch.cat([batch.items[:, 1:], torch.tensor([[3], [7], [2]])], 1)
    batch.targets = torch.where(batch.mask(), batch.targets.clamp(min=1), 0)
    return batch


@pytest.mark.parametrize("rows", [1, 2, 16])
def test_a_rank_is_that_of_the_prefix(rows):
    model, batch = model_of("transformer-xl").train(), with_targets()
    found = ranks_at_every_step(model, batch, rows=rows)
    assert model.training and (found[batch.targets == 0] == 0).all()
    model.eval()
    for row in range(3):
        for step in range(int(batch.lengths[row])):
            part = batch.rows(slice(row, row + 1)).trim(step + 1)
            part.lengths = torch.tensor([step + 1])
            scores = model.score(part)[0]
            assert found[row, step] == 1 + int((scores > scores[batch.targets[row, step]]).sum())
    assert found.max() <= V


def test_ndcg_of_ranks():
    rank = torch.tensor([[1, 2, 10], [11, 0, 3]])
    wanted = torch.tensor([[1.0, 0.6309, 0.2891], [0.0, 0.0, 0.5]])
    torch.testing.assert_close(ndcg_of_ranks(rank), wanted, rtol=0, atol=1e-4)
    assert ndcg_of_ranks(torch.tensor([3]), k=2).item() == 0
