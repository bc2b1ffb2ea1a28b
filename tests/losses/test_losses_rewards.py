"""Rewards, returns, values and wishes: what the objectives that learn from outcomes are trained on."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from seqrec_lib import evaluate, fit
from seqrec_lib.data import Batch, leave_one_out
from seqrec_lib.data.session_split import split_sessions
from seqrec_lib.data.worlds import log_of_sessions, play, session_world
from seqrec_lib.losses.conditioned import ConditionedObjective
from seqrec_lib.losses.objectives import usual_objective
from seqrec_lib.losses.policy_gradient import PolicyObjective
from seqrec_lib.losses.q_learning import ValuesObjective
from seqrec_lib.losses.returns import parse_rewards, rewards_by_code, target_ends, target_rewards
from seqrec_lib.messages import InputError
from seqrec_lib.models import build, recipe_settings
from seqrec_lib.policies import chooses

WORLD = session_world("small-feed")
LOG = log_of_sessions(WORLD, play(WORLD, WORLD.logger(), 300, 1))
SPLIT = split_sessions(LOG, max_len=6)
NAMES = ("reinforce", "sqn", "sac", "decision-transformer")


def model_of(name, **changes):
    torch.manual_seed(0)
    made = {"dim": 8, "max_len": 6, "dropout": 0.0, "events": 2, "rewards": "click=1"} | changes
    return build(recipe_settings(name, 6, **made))


def rows(n=8):
    batch = SPLIT.train.rows(slice(0, n)).trim()
    batch.steps = (batch.targets > 0).flatten().nonzero()[:, 0]
    return batch


def chance(seed=0):
    return {"negatives": torch.Generator().manual_seed(seed)}


def test_a_training_row_knows_what_became_of_each_target():
    batch = SPLIT.train
    for row in range(len(batch)):
        user = int(batch.users[row])
        mine = slice(int(LOG.offsets[user]), int(LOG.offsets[user + 1]))
        n = int(batch.lengths[row])
        np.testing.assert_array_equal(batch.outcomes["event"][row, :n], LOG.events[mine][1:])
        np.testing.assert_array_equal(
            batch.outcomes["propensity"][row, :n], LOG.features["propensity"][mine][1:]
        )
        assert batch.outcomes["ends"][row, :n].tolist() == [False] * (n - 1) + [True]
        assert not batch.outcomes["ends"][row, n:].any()


def test_leave_one_out_cuts_the_end_off_and_says_so():
    batch = leave_one_out(LOG, max_len=6).train
    long = torch.from_numpy(np.diff(LOG.offsets) >= 3)[batch.users]
    ends = batch.outcomes["ends"].any(1)
    assert long.any() and not ends[long].any()
    assert ends[~long].all()  # what is too short to be tested is kept whole


def test_outcomes_are_cut_with_their_rows_and_columns():
    batch = SPLIT.train
    part = batch.rows(torch.tensor([3, 1])).trim(2)
    for name, values in batch.outcomes.items():
        assert torch.equal(part.outcomes[name], values[[3, 1], :2])


def test_a_log_that_says_nothing_has_no_outcomes():
    plain = leave_one_out(replace(LOG, events=None, features={}), max_len=6).train
    assert plain.outcomes == {} and bool((target_rewards(plain, None) == (plain.targets > 0)).all())
    assert not target_ends(plain).any()


def test_whole_sessions_fall_into_one_part_each():
    trained = set(SPLIT.train.users.tolist())
    tested = [set(cases.batch.users.tolist()) for cases in (SPLIT.validation, SPLIT.test)]
    assert not trained & tested[0] and not trained & tested[1] and not tested[0] & tested[1]
    assert abs(len(SPLIT.train_log.users) / len(LOG.users) - 0.8) < 0.05
    assert set(SPLIT.train_log.users.tolist()) >= trained
    assert SPLIT.protocol == "last-of-session-repeats"


def test_rewards_are_named_by_event():
    assert parse_rewards("click=0.2,buy=1") == {"click": 0.2, "buy": 1.0}
    assert rewards_by_code({"buy": 2.0}, ["", "view", "buy"]).tolist() == [0.0, 0.0, 2.0]
    assert rewards_by_code({}, ["", "view"]).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("text", ["click", "=1", "click=one", "click=inf", "a=1,a=2"])
def test_bad_rewards_are_refused(text):
    with pytest.raises(InputError, match="rewards"):
        parse_rewards(text)


def test_events_without_a_worth_are_asked_for():
    with pytest.raises(InputError, match=r"events view, buy.*rewards=view=0,buy=1"):
        rewards_by_code({}, ["", "view", "buy"])
    with pytest.raises(InputError, match="did you mean|click"):
        rewards_by_code({"clik": 1.0}, ["", "skip", "click"])


def test_a_column_of_rewards_comes_first():
    batch = rows()
    batch.outcomes = {**batch.outcomes, "reward": torch.full(batch.targets.shape, 2.5).double()}
    assert set(target_rewards(batch, torch.tensor([0.0, 0, 1])).unique().tolist()) == {0.0, 2.5}


def test_each_model_has_its_own_objective_and_takes_no_other_loss():
    kinds = (PolicyObjective, ValuesObjective, ValuesObjective, ConditionedObjective)
    for name, kind in zip(NAMES, kinds, strict=True):
        assert type(usual_objective(model_of(name), "ce", lambda: None, 1, False)) is kind
        with pytest.raises(InputError, match="leave it out"):
            usual_objective(model_of(name), "bpr", lambda: None, 1, False)


@pytest.mark.parametrize("name", NAMES)
def test_it_trains_saves_and_plays(name, tmp_path):
    model = model_of(name)
    how = {"epochs": 2, "batch_size": 32, "lr": 1e-2, "progress": False, "device": "cpu"}
    history = fit(model, SPLIT, out=tmp_path / name, **how)
    assert len(history.epochs) == 2 and 0 < evaluate(model, SPLIT.test, (2,))["HR@2"] < 1
    mean, _ = play(WORLD, chooses(model), 500, 3).mean()
    assert 0.2 < mean < float(WORLD.value(WORLD.best())) + 0.2


def test_without_propensities_the_logger_is_estimated():
    """On one long log the second table comes near the logger's own chances."""
    log = log_of_sessions(WORLD, play(WORLD, WORLD.logger(), 3000, 2))
    bare = split_sessions(replace(log, features={}), max_len=6)
    model = model_of("reinforce", dim=16)
    fit(
        model,
        bare,
        epochs=6,
        batch_size=64,
        lr=1e-2,
        patience=0,
        evaluate_every=6,
        progress=False,
        device="cpu",
    )
    batch = bare.train
    states = model.hidden(batch)
    found = (states.detach() @ model.behaviour_matrix()[1:].T).log_softmax(-1).exp()
    state = WORLD.states(batch.items, batch.events == 2)
    gap = (found - WORLD.logger()[state][..., 1:]).abs()[batch.targets > 0]
    uniform = (1 / 6 - WORLD.logger()[state][..., 1:]).abs()[batch.targets > 0]
    assert float(gap.mean()) < 0.6 * float(uniform.mean())


def test_the_last_step_of_a_cut_session_teaches_no_value():
    """Its next state is not in the row: with another outcome of it the loss stays as it is."""
    model, batch, other = model_of("sqn", imitation=0.0), rows(), rows()
    objective = ValuesObjective()
    objective.prepare(model, SPLIT)
    last = torch.arange(len(batch)), batch.lengths - 1
    for each in (batch, other):
        each.outcomes = {**each.outcomes, "ends": torch.zeros_like(each.outcomes["ends"])}
    other.outcomes["event"] = batch.outcomes["event"].clone()
    other.outcomes["event"][last] = 3 - other.outcomes["event"][last]
    assert torch.equal(objective(model, batch, chance())[0], objective(model, other, chance())[0])
    for each in (batch, other):
        each.outcomes["ends"] = rows().outcomes["ends"]
    assert not torch.equal(objective(model, batch, chance())[0], objective(model, other, chance())[0])


def test_values_do_not_look_at_the_past_reward_but_at_the_next_state():
    model, batch = model_of("sqn", imitation=0.0, discount=0.0), rows()
    objective = ValuesObjective()
    objective.prepare(model, SPLIT)
    here = model.values(model.hidden(batch).flatten(0, 1)[batch.steps])
    target = batch.targets.flatten()[batch.steps]
    reward = (batch.outcomes["event"] == 2).float().flatten()[batch.steps]
    errors = [((q.gather(1, target[:, None] - 1)[:, 0] - reward) ** 2).mean() for q in here]
    found = {round(float(objective(model, batch, chance(seed))[0]), 6) for seed in range(8)}
    assert found == {round(float(each), 6) for each in errors}


def test_sac_weighs_each_cross_entropy_with_the_value_and_no_gradient_flows_there():
    model = model_of("sac", learning=0.0)
    with torch.no_grad():
        for head in model.q_heads:
            head.weight.zero_()
            head.bias.copy_(torch.tensor([2.0, -1.0, 0.5, 0.0, 1.0, 3.0]))
    batch, objective = rows(), ValuesObjective()
    objective.prepare(model, SPLIT)
    value, _ = objective(model, batch, chance())
    target = batch.targets.flatten()[batch.steps]
    scores = model.hidden(batch).flatten(0, 1)[batch.steps] @ model.item_matrix()[1:].T
    entropy = torch.nn.functional.cross_entropy(scores, target - 1, reduction="none")
    weight = torch.tensor([2.0, 0.0, 0.5, 0.0, 1.0, 3.0])[target - 1]
    torch.testing.assert_close(value, (weight * entropy).mean())
    value.backward()
    slopes = [head.bias.grad for head in model.q_heads]
    assert all(each is None or float(each.abs().max()) == 0 for each in slopes)


def test_a_model_that_reads_events_says_when_there_are_more():
    batch = Batch(torch.tensor([[1, 2]]), torch.tensor([2]), events=torch.tensor([[1, 3]]))
    for name in NAMES:
        with pytest.raises(InputError, match="events=3"):
            model_of(name).score(batch)


def test_an_outcome_changes_the_state_after_it_and_none_before():
    batch = Batch(torch.tensor([[1, 2, 3, 4]]), torch.tensor([4]), events=torch.tensor([[2, 1, 2, 1]]))
    other = replace(batch, events=torch.tensor([[2, 1, 1, 1]]))
    for name in NAMES:
        model = model_of(name).eval()
        gap = (model.hidden(batch) - model.hidden(other)).abs().amax(-1)[0]
        assert float(gap[:2].max()) < 1e-6 < 1e-4 < float(gap[2:].min())


def test_a_wish_matters_and_the_asked_return_is_saved():
    model = model_of("decision-transformer")
    model.ask(3.0, torch.tensor([0.0, 0.0, 1.0]))
    batch = Batch(torch.tensor([[1, 2, 3]]), torch.tensor([3]), events=torch.tensor([[2, 1, 2]]))
    assert model.wishes(batch).tolist() == [[3.0, 3.0, 2.0]]
    other = model_of("decision-transformer")
    other.load_state_dict(model.state_dict())
    assert torch.equal(other.wishes(batch), model.wishes(batch))
    other.asked.fill_(0.0)
    assert not torch.equal(other.eval().score(batch), model.eval().score(batch))


@pytest.mark.parametrize(
    "name, wrong",
    [
        ("reinforce", {"cap": -1.0}),
        ("reinforce", {"top_k": 0}),
        ("sqn", {"discount": 1.5}),
        ("sqn", {"learning": -0.5}),
        ("sqn", {"ranks_by": "value"}),
        ("decision-transformer", {"asked_quantile": 1.2}),
        ("decision-transformer", {"discount": 0.9}),
        ("reinforce", {"corrected": False, "cap": 2.0}),
    ],
)
def test_bad_settings_are_refused(name, wrong):
    with pytest.raises(InputError, match=next(reversed(wrong))):
        model_of(name, **wrong)
