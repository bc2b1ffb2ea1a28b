"""Recipes: what each says of itself, and that the suite beside this file tries what its settings can do."""

import dataclasses

import pytest
from tiny_models import VARIANTS, V, variants

from seqrec_lib.models import RECIPES, Model, build, find_recipe, recipe_settings


@pytest.mark.parametrize("name", RECIPES)
def test_recipes_say_what_they_are(name):
    recipe = find_recipe(name)
    assert recipe.about and recipe.source
    assert {"loss", "epochs", "batch_size", "lr"} <= set(recipe.training)
    settings = recipe_settings(name, 7)
    assert isinstance(settings, recipe.family) and settings.model == name and settings.n_items == 7
    assert settings.as_dict() == dataclasses.asdict(settings)
    model = build(settings)
    assert isinstance(model, Model) and model.n_items == 7 and model.settings is settings


@pytest.mark.parametrize("name", RECIPES)
def test_every_word_that_a_setting_may_be_builds_a_model(name):
    for setting, words in find_recipe(name).family.choices.items():
        for word in words:
            assert getattr(build(recipe_settings(name, 7, **{setting: word})).settings, setting) == word


def test_each_recipe_is_tried_with_all_that_its_settings_can_switch_on():
    found = variants()
    for name in RECIPES:
        assert f"{name}: as it is" in found
    assert len(found) > 2 * len(RECIPES)
    for label, (name, changes) in found.items():
        recipe_settings(name, V, **changes)  # raises where something would change nothing
        assert changes == VARIANTS[label.partition(": ")[2]]
    tried = {setting for _, changes in found.values() for setting in changes}
    assert tried == {setting for changes in VARIANTS.values() for setting in changes}


@pytest.mark.parametrize("name", RECIPES)
def test_what_is_idle_changes_nothing_and_is_refused(name):
    for setting, reason in recipe_settings(name, V).idle().items():
        value = getattr(recipe_settings(name, V), setting)
        with pytest.raises(ValueError, match=f"{setting} changes nothing in this {name}: {reason}"):
            recipe_settings(name, V, **{setting: value})
