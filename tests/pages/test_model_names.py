"""No table and no figure of a page shows a recipe's name in place of the model's."""

import pytest
from bs4 import BeautifulSoup
from rendered import pages, soup

from seqrec_lib.teaching.names import MODELS

# A name that is wrapped shows its words on lines of their own, so a recipe called like one of them is let pass.
RECIPES = {model.recipe for model in MODELS if model.recipe not in ("", *model.name.split())}
SHOWN = "td, th, svg text, figcaption, [role=img]"


def recipes_shown(page: BeautifulSoup) -> list[str]:
    """The cells and labels whose whole text is a recipe's name."""
    found = [part.get_text().strip() for part in page.select(SHOWN) if not part.select("code")]
    return [text for text in found if text in RECIPES]


@pytest.mark.parametrize("page", pages())
def test_a_model_has_its_name_in_tables_and_figures(page):
    assert not recipes_shown(soup(page))


def test_a_recipe_in_a_table_or_a_figure_is_found():
    bad = "<table><td>gru4rec</td></table><svg><text>sasrec</text></svg><td><code>sasrec</code></td>"
    assert recipes_shown(BeautifulSoup(bad, "html.parser")) == ["gru4rec", "sasrec"]
