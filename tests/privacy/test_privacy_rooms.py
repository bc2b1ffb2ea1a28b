"""Attacks, clients, masks and shards."""

import numpy as np
import pytest
import torch
from sklearn.metrics import roc_auc_score

from seqrec_lib.data import leave_one_out, simulate
from seqrec_lib.data.worlds.every_step import oracle_surprise
from seqrec_lib.losses import cross_entropy
from seqrec_lib.losses.objectives import NextItemObjective
from seqrec_lib.messages import InputError
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.privacy import (
    Federation,
    Shards,
    at_random,
    auc,
    average,
    by_group,
    items_touched,
    likelihood_ratio,
    masked,
    summed,
    true_positives_at,
    user_losses,
)
from seqrec_lib.privacy.masks import from_whole, to_whole
from seqrec_lib.training import TrainingSettings
from seqrec_lib.training.random_state import seeded

WORLD = simulate("video", users=40, seed=1)
SPLIT = leave_one_out(WORLD, max_len=50)
SIZES = {"dim": 8, "max_len": 50, "dropout": 0.0}


def new_model(**changes):
    return build(recipe_settings("sasrec", 200, **{**SIZES, **changes}))


def test_the_area_is_that_of_scikit_learn_ties_too():
    rng = np.random.default_rng(0)
    scores, member = (
        torch.from_numpy(rng.integers(0, 6, 200).astype(float)),
        torch.from_numpy(rng.random(200) < 0.4),
    )
    assert auc(scores, member) == pytest.approx(roc_auc_score(member.numpy(), scores.numpy()))


def test_the_threshold_is_set_on_those_who_were_not_there():
    scores = torch.cat([torch.arange(100.0), torch.full((50,), 98.5)])
    member = torch.arange(150) >= 100
    assert true_positives_at(scores, member, 0.01) == 1.0  # only 99 lies above
    assert true_positives_at(scores - 2 * member, member, 0.01) == 0.0
    with pytest.raises(InputError, match="takes at least 200"):
        true_positives_at(scores, member, 0.005)


def test_a_users_loss_does_not_hang_on_neighbours_or_padding():
    model = new_model().eval()
    alone = torch.cat([user_losses(model, SPLIT.train.rows(slice(n, n + 1))) for n in range(6)])
    torch.testing.assert_close(user_losses(model, SPLIT.train.rows(slice(0, 6)), rows=4), alone,
                               rtol=1e-5, atol=1e-6)  # fmt: skip


def test_the_oracles_surprise_is_its_p_at_each_step():
    rows = SPLIT.train.rows(slice(0, 3)).trim()
    found = oracle_surprise(WORLD, rows)
    for row, step in ((0, 0), (1, 4), (2, 9)):
        seen = rows.rows(slice(row, row + 1)).trim(step + 1)
        moment = rows.times[row, step + 1 : step + 2]
        p = WORLD.oracle(seen.items, seen.times, torch.tensor([step + 1]), moment)
        assert float(found[row, step]) == pytest.approx(-float(p[0, rows.targets[row, step]].log()), rel=1e-6)


def test_a_user_needs_shadow_models_on_both_sides():
    members = torch.tensor([[True, False], [False, True], [True, False], [True, True]])
    with pytest.raises(InputError, match="fewer than 2 of 4 shadow models"):
        likelihood_ratio(torch.zeros(2), torch.zeros(4, 2), members)


def test_clients_are_as_large_as_each_other_and_alike_inside():
    kinds = torch.tensor([0, 1, 2, 1, 0, 2, 0, 1, 2, 0, 1, 2])
    share = by_group(kinds, 3)
    assert share.bincount().tolist() == [4, 4, 4]
    assert all(len(kinds[share == client].unique()) == 1 for client in range(3))
    assert at_random(40, 7).bincount().tolist().count(6) >= 5 and len(at_random(40, 7).unique()) == 7
    assert not torch.equal(at_random(40, 7, 0), at_random(40, 7, 1))
    with pytest.raises(InputError, match="clients is 50"):
        at_random(40, 50)


def test_one_client_is_training_and_two_are_the_mean_of_what_they_did():
    settings = TrainingSettings(batch_size=8, epochs=1, weight_decay=0.0)
    objective = NextItemObjective(cross_entropy)
    torch.manual_seed(0)
    model = new_model()
    objective.prepare(model, SPLIT)
    share, start, alone = at_random(40, 2), {k: v.clone() for k, v in model.state_dict().items()}, []
    with seeded(0, torch.device("cpu")) as generators:
        for client in (0, 1):
            model.load_state_dict(start)
            one = Federation(model, [SPLIT.train.rows(share == client)], objective, settings)
            one.round(generators)
            alone.append({k: v.clone() for k, v in model.state_dict().items()})
    wanted = average(alone, [20, 20])
    model.load_state_dict(start)
    with seeded(0, torch.device("cpu")) as generators:
        both = Federation(model, [SPLIT.train.rows(share == c) for c in (0, 1)], objective, settings)
        both.round(generators)
    assert both.rounds == 1 and both.steps == 6
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, wanted[name])
    with pytest.raises(InputError, match="one client or more"):
        average([], [])


def test_an_update_names_the_items_of_its_user():
    torch.manual_seed(0)
    model = new_model(tied=False)
    row = SPLIT.train.rows(slice(3, 4)).trim()
    before = model.embedding.weight.detach().clone()
    states, real = model.hidden(row)[0], row.targets[0] > 0
    cross_entropy(states[real], row.targets[0][real], model.item_matrix()).backward()
    torch.optim.SGD(model.parameters(), lr=0.1).step()
    assert items_touched(before, model.embedding.weight.detach()).tolist() == row.items.unique().tolist()


def test_masks_hide_and_cancel_and_a_lost_client_is_repaired():
    secrets = [[10 * min(a, b) + max(a, b) for b in range(4)] for a in range(4)]
    updates = torch.randn(4, 500, generator=torch.Generator().manual_seed(1))
    whole = [to_whole(update, 4) for update in updates]
    sent = {c: masked(whole[c], c, secrets, range(4)) for c in range(4)}
    torch.testing.assert_close(
        from_whole(summed(sent, secrets, range(4))), updates.double().sum(0), atol=1e-4, rtol=0
    )
    assert 0.4 < float((sent[0] > 2**31).double().mean()) < 0.6  # even over all numbers
    few = {c: sent[c] for c in (0, 3)}
    torch.testing.assert_close(
        from_whole(summed(few, secrets, range(4))), updates[[0, 3]].double().sum(0), atol=1e-4, rtol=0
    )
    with pytest.raises(InputError, match="4 clients may send up to"):
        to_whole(torch.tensor([9000.0]), 4)


def test_forgetting_is_exactly_never_having_known():
    how = {"epochs": 2, "batch_size": 4, "lr": 1e-2, "weight_decay": 0.0, "device": "cpu"}
    shards = Shards(SPLIT, new_model, 4, seed=3, how=how)
    kept = [{k: v.clone() for k, v in model.state_dict().items()} for model in shards.models]
    assert shards.forget(7) == 9
    never = Shards.__new__(Shards)
    never.split, never.make, never.count, never.seed, never.how = SPLIT, new_model, 4, 3, how
    never.share, never.kept = shards.share, torch.arange(40) != 7
    own = int(shards.share[7])
    for name, value in never._trained(own).state_dict().items():
        assert torch.equal(value, shards.models[own].state_dict()[name]), name
    for shard, before in enumerate(kept):
        same = all(torch.equal(v, shards.models[shard].state_dict()[k]) for k, v in before.items())
        assert same == (shard != own)
    scores = shards.ensemble().score(SPLIT.test.batch.rows(slice(0, 3)))
    assert scores.shape == (3, 201) and scores[:, 0].isneginf().all() and scores[:, 1:].isfinite().all()
    with pytest.raises(InputError, match="no row 7 to forget"):
        shards.forget(7)
