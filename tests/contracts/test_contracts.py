"""Each contract holds for the library, fails for each perturbation, and belongs to an equation."""

import json

import contracts_ab  # noqa: F401  (registers its contracts)
import contracts_attention  # noqa: F401  (registers its contracts)
import contracts_clicks  # noqa: F401  (registers its contracts)
import contracts_cold_start  # noqa: F401  (registers its contracts)
import contracts_compress  # noqa: F401  (registers its contracts)
import contracts_encoders  # noqa: F401  (registers its contracts)
import contracts_evaluation  # noqa: F401  (registers its contracts)
import contracts_explain  # noqa: F401  (registers its contracts)
import contracts_family  # noqa: F401  (registers its contracts)
import contracts_goals  # noqa: F401  (registers its contracts)
import contracts_little_data  # noqa: F401  (registers its contracts)
import contracts_logs  # noqa: F401  (registers its contracts)
import contracts_long  # noqa: F401  (registers its contracts)
import contracts_losses  # noqa: F401  (registers its contracts)
import contracts_masked  # noqa: F401  (registers its contracts)
import contracts_measure  # noqa: F401  (registers its contracts)
import contracts_modalities  # noqa: F401  (registers its contracts)
import contracts_model  # noqa: F401  (registers its contracts)
import contracts_movielens  # noqa: F401  (registers its contracts)
import contracts_privacy  # noqa: F401  (registers its contracts)
import contracts_rewards  # noqa: F401  (registers its contracts)
import contracts_sasrec  # noqa: F401  (registers its contracts)
import contracts_scale  # noqa: F401  (registers its contracts)
import contracts_serving  # noqa: F401  (registers its contracts)
import contracts_stages  # noqa: F401  (registers its contracts)
import contracts_time  # noqa: F401  (registers its contracts)
import contracts_training  # noqa: F401  (registers its contracts)
import pytest
from equation_contracts import (
    BOOK,
    CONTRACTS,
    Contract,
    book_labels,
    contract,
    disagreements,
    equations_in,
    markdown_of,
)

PERTURBED = [
    pytest.param(one, wrong, id=f"{label}/{name}")
    for label, one in CONTRACTS.items()
    for name, wrong in one.perturb.items()
]


@pytest.mark.parametrize("label", CONTRACTS)
def test_the_library_keeps_the_contract(label):
    one = CONTRACTS[label]
    assert one.check.__doc__, "say the equation in words"
    one.check(one.library)


@pytest.mark.parametrize(("one", "wrong"), PERTURBED)
def test_the_contract_fails_when_the_library_is_wrong(one, wrong):
    with pytest.raises(AssertionError):
        one.check(wrong)


def test_at_most_a_quarter_are_definitions():
    definitions = [label for label, one in CONTRACTS.items() if one.kind == "definition"]
    assert len(definitions) <= len(CONTRACTS) / 4, definitions


def test_book_and_contracts_agree():
    if not any(BOOK.glob("*.ipynb")):
        pytest.skip("the book has no notebook yet")
    assert disagreements(book_labels(), CONTRACTS) == []


TEXT = r"""
Inline $a = b$ and a price of \$5.

$$ a = b $$ (eq-one)

$$
c = d
$$ (eq-two)

```{math}
:label: eq-three

e = f
```

Words about {eq}`eq-one`.

$$ g = h $$

```{math}
i = j
```

\begin{align} k &= l \end{align}
"""


def test_labels_are_read_in_order_and_missing_ones_are_seen():
    assert equations_in(TEXT) == ["eq-one", "eq-two", "eq-three", None, None, None]


def test_a_notebook_is_read_without_its_code(tmp_path):
    cells = [
        {"cell_type": "markdown", "source": ["$$ a $$", " (eq-a)\n"]},
        {"cell_type": "code", "source": ["# $$ b $$ (eq-b)"]},
        {"cell_type": "markdown", "source": ["```text\n$$ c $$ (eq-c)\n```\n"]},
    ]
    (tmp_path / "01_a.ipynb").write_text(json.dumps({"cells": cells}))
    assert book_labels(tmp_path) == {"01_a.ipynb": ["eq-a"]}
    assert "eq-c" not in markdown_of(tmp_path / "01_a.ipynb")


def test_every_disagreement_is_told():
    one = Contract("eq-a", "code", lambda f: None, len, {})
    assert disagreements({"n": ["eq-a"]}, {"eq-a": one}) == []
    assert "no contract" in disagreements({"n": ["eq-a", "eq-b"]}, {"eq-a": one})[0]
    assert "no equation" in disagreements({"n": []}, {"eq-a": one})[0]
    assert "no label" in disagreements({"n": ["eq-a", None]}, {"eq-a": one})[0]
    assert "two equations" in disagreements({"n": ["eq-a"], "m": ["eq-a"]}, {"eq-a": one})[0]


@pytest.mark.parametrize(
    ("label", "kind", "perturb", "words"),
    [
        ("loss", "code", {"x": len}, "no equation label"),
        ("eq-x", "proof", {"x": len}, "unknown kind"),
        ("eq-x", "code", {}, "no perturbation"),
        ("eq-y", "code", {"x": len}, "already"),
    ],
)
def test_a_contract_that_proves_nothing_is_refused(label, kind, perturb, words):
    home = {"eq-y": None}
    with pytest.raises(ValueError, match=words):
        contract(label, kind=kind, library=len, perturb=perturb, into=home)
