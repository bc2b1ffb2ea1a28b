"""Crowds drawn by the generator, counted by what a model sees of each user."""

import torch
from tiny_worlds import walk

HOURS = 6 * 3600.0  # gaps above are called days


def counts(world, users=None, periods=1, gaps=False):
    """Observed and expected counts ``(groups, V+1)``: of the next item, by history and period of the request.

    With ``gaps`` histories also differ by whether each gap was one of minutes or of days. Where p differs
    from user to user within a group, the sum of p is what to expect, and the chi-square is then a little
    too mild, never too strict.
    """
    v, draw = world.n_items, world.draw
    code = torch.zeros(len(draw.items), dtype=torch.int64)  # the history as a number
    observed, expected = [], []
    for step, rows, item, belief in walk(world, users):
        moment = draw.times[rows, step]
        if gaps and step:
            code[rows] = code[rows] * 2 + (moment - draw.times[rows, step - 1] > HOURS)
        edges = torch.quantile(moment[:10_000], torch.arange(1, periods, dtype=torch.float64) / periods)
        group = code[rows] * periods + torch.bucketize(moment, edges)
        known, group = group.unique(return_inverse=True)
        hits = torch.zeros(len(known), v + 1, dtype=torch.float64)
        hopes = hits.clone()
        hits.index_put_((group, item), torch.ones(len(item), dtype=torch.float64), accumulate=True)
        hopes.index_add_(0, group, belief.next_item()[rows])
        observed.append(hits)
        expected.append(hopes)
        code[rows] = code[rows] * (v + 1) + item
    return torch.cat(observed), torch.cat(expected)
