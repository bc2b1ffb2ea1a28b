"""Models of clicks and purchases: equal sizes, gates that see what they may, settings, bad input."""

import dataclasses
import json

import pandas as pd
import pytest
import torch
from tiny_models import V, batch_of, model_of, slates_of

from seqrec_lib.cli import main
from seqrec_lib.data import DataError, simulate
from seqrec_lib.data.click_splits import split_clicks
from seqrec_lib.data.slates import read_slates
from seqrec_lib.evaluation.purchase_scores import (
    conversion_errors,
    model_chances,
    purchase_metrics,
    true_shares,
)
from seqrec_lib.messages import InputError
from seqrec_lib.models import recipe_settings

FORMS = ("shared-bottom", "mmoe", "ple", "esmm")
ITEMS = ("embedding", "item", "item_bought", "place")


@pytest.fixture(scope="module")
def world():
    return simulate("shop", users=150, seed=3, clickbait=1.5)


def test_the_recipes_have_as_many_parameters_beside_the_items():
    sizes = {}
    for name in FORMS:
        model = recipe_settings(name, 220).build()
        own = [p.numel() for key, p in model.named_parameters() if key.split(".")[0] not in ITEMS]
        sizes[name] = sum(own)
    assert max(sizes.values()) <= 1.03 * min(sizes.values()), sizes


def test_a_gate_is_a_softmax_and_in_ple_hides_the_other_tasks_experts():
    slates = slates_of(batch_of())
    for name, experts in (("mmoe", 4), ("ple", 2)):
        gates = model_of(name).gates(slates, slates.candidates)
        assert gates.shape == (*slates.candidates.shape, 2, experts)
        torch.testing.assert_close(gates.sum(-1), torch.ones_like(gates[..., 0]))
    model = model_of("ple", levels=1)
    click, _ = model.tasks(slates, slates.candidates)
    with torch.no_grad():
        for weight in model.bottoms[0].own[1].parameters():
            weight.add_(1.0)
    after, bought = model.tasks(slates, slates.candidates)
    assert torch.equal(click, after) and torch.isfinite(bought).all()
    with pytest.raises(InputError, match="has no gates"):
        model_of("esmm").gates(slates, slates.candidates)


def test_places_move_the_click_and_never_the_purchase():
    model, slates = model_of("mmoe", places=True), slates_of(batch_of())
    before = model.tasks(slates, slates.candidates)
    with torch.no_grad():
        model.place[:2] = torch.tensor([1.0, -1.0])
    after = model.tasks(slates, slates.candidates)
    assert torch.equal(before[1], after[1]) and not torch.equal(before[0], after[0])
    every, _ = model.tasks(slates)
    assert every.shape == (len(slates), V)
    picked = every.gather(1, slates.candidates[:, :1].clamp(min=1) - 1)
    torch.testing.assert_close(picked, after[0][:, :1])


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"buy_weight": 0.0}, "a weight is above 0"),
        ({"combine": "best"}, "combine"),
        ({"levels": 3}, "one level"),
        ({"sharing": "separate", "experts": 2}, "no experts"),
    ],
)
def test_a_setting_that_cannot_be_or_changes_nothing_is_refused(changes, why):
    with pytest.raises(InputError, match=why):
        recipe_settings("mmoe", 9, **changes)


def test_purchases_are_read_beside_their_clicks(world):
    split = split_clicks(world, purchases=True)
    part = split.train
    assert part.bought.shape == part.labels.shape and bool((part.bought <= part.labels).all())
    whole = world.slates.purchase.double()
    assert torch.equal(part.bought, whole[part.users])
    assert split_clicks(world).train.bought is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda t: t.drop(columns="purchase"), "no column 'purchase'"),
        (lambda t: t.assign(purchase=2), "row 1, column 'purchase': 2 must be 0 or 1"),
        (lambda t: t.assign(purchase=1), "a purchase without a click"),
        (lambda t: t.assign(purchase=0), "no click of"),
        (lambda t: t.assign(purchase=t["click"]), "every click of"),
    ],
)
def test_impressions_without_sound_purchases_are_refused(world, change, why):
    with pytest.raises(DataError, match=why):
        read_slates(change(world.impressions), world.log, purchases=True)


def test_an_empty_cell_beside_no_click_is_no_purchase(world):
    table = world.impressions
    holes = table.assign(purchase=table["purchase"].where(table["click"] == 1))
    assert holes["purchase"].isna().any()
    batch, _ = read_slates(holes, world.log, purchases=True)
    wanted, _ = read_slates(table, world.log, purchases=True)
    assert torch.equal(batch.bought, wanted.bought)


def test_the_oracle_has_the_best_log_losses_and_no_error(world):
    split = split_clicks(world, purchases=True)
    true = true_shares(world, split.train)
    model = recipe_settings("esmm", world.n_items).build()
    told, best = (purchase_metrics(each, split.train) for each in (model_chances(model, split.train), true))
    assert all(best[key] < told[key] for key in told if key.endswith("log-loss"))
    clicks = -(true.click.log() * split.train.labels + (1 - true.click).log() * (1 - split.train.labels))
    share = float(split.train.labels.mean())
    assert best["joint log-loss"] == pytest.approx(float(clicks.mean()) + share * best["conversion log-loss"])
    assert set(conversion_errors(true, true, split.train).values()) == {0.0}


def test_the_command_line_learns_purchases_from_a_file_and_says_what_is_missing(world, tmp_path, capsys):
    world.interactions.to_csv(tmp_path / "log.csv", index=False)
    world.impressions.to_csv(tmp_path / "shown.csv", index=False)
    world.impressions.drop(columns="purchase").to_csv(tmp_path / "clicks.csv", index=False)
    fit = ["fit", "--data", str(tmp_path / "log.csv"), "--model", "mmoe", "--epochs", "1", "--quiet"]
    out = tmp_path / "out.json"
    shown = ["--impressions", str(tmp_path / "shown.csv")]
    assert main([*fit, *shown, "--json", str(out), "--out", str(tmp_path / "run")]) == 0
    found = json.loads(out.read_text(encoding="utf-8"))
    assert set(found["purchases"]["floors"]) == {"base-rate", "popularity"}
    assert "joint log-loss" in found["purchases"]["test"] and "ceiling" not in found["purchases"]
    told = capsys.readouterr().out
    assert "purchases (" in told and "conversion log-loss" in told
    again = ["evaluate", "--run", str(tmp_path / "run"), "--data", str(tmp_path / "log.csv"), *shown]
    assert main(again) == 0 and "conversion log-loss" in capsys.readouterr().out
    assert main([*fit, "--impressions", str(tmp_path / "clicks.csv")]) != 0
    assert "no column 'purchase'" in capsys.readouterr().err
    assert main(fit) != 0
    assert "give --impressions FILE with the columns click and purchase" in capsys.readouterr().err


def test_a_table_without_its_purchases_is_a_table_of_clicks(world):
    table = world.impressions.drop(columns="purchase")
    assert isinstance(table, pd.DataFrame) and split_clicks(world.log, table).train.bought is None
    assert dataclasses.is_dataclass(recipe_settings("ple", 9))
