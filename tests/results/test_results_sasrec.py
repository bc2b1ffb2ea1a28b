"""The stored runs of SASRec: complete, below the ceiling, and saying what chapter 9 says of them."""

import pytest

from seqrec_lib.results import load_results

USUAL = {"norm": "pre", "blocks": 2, "heads": 1, "dim": 64, "length": 50, "budget": "8 epochs"}
STUDIES = {
    "blocks": (1, 2, 3),
    "heads": (1, 2, 4),
    "dim": (16, 32, 64, 128),
    "length": (5, 10, 20, 30, 50),
    "norm": ("pre", "post", "query"),
}


def of(**changes):
    return load_results("sasrec").where(**{**USUAL, **changes})


@pytest.mark.parametrize("name", ["sasrec", "sasrec_broken"])
def test_no_run_is_above_the_ceiling(name):
    for row in load_results(name).rows:
        for metric, gap in row["ceiling_above_model"].items():
            assert gap["low"] > 0 and gap["level"] == 0.999, (row["command"], row["seed"], metric)


@pytest.mark.parametrize("study", STUDIES)
def test_every_value_of_a_study_is_there_and_nothing_else_differs(study):
    for value in STUDIES[study]:
        rows = of(**{study: value}).rows
        seeds = [row["seed"] for row in rows]
        assert len(set(seeds)) == len(seeds)
        for row in rows:
            settings = row["settings"]
            shown = {"norm": settings["norm"], "blocks": settings["layers"], "heads": settings["heads"],
                     "dim": settings["dim"], "length": settings["max_len"]}  # fmt: skip
            assert {key: row[key] for key in shown} == shown
            assert settings["ff_width"] == settings["dim"] and settings["epochs"] == row["epochs"] == 8


def test_the_norms_have_three_seeds_and_pre_is_behind():
    runs = {norm: of(norm=norm) for norm in STUDIES["norm"]}
    assert all(sorted(row["seed"] for row in part.rows) == [0, 1, 2] for part in runs.values())
    assert max(runs["pre"].values()) < min(runs["post"].values() + runs["query"].values())


def test_length_pays_until_the_triggers_fit():
    found = [of(length=length).mean() for length in (5, 10, 20, 50)]
    assert found == sorted(found) and found[-1] - found[0] > 0.1


def test_every_fault_costs_what_seeds_cannot_explain():
    broken, usual = load_results("sasrec_broken"), of()
    for fault in ("no causal mask", "no positions", "no positions, one block"):
        assert max(broken.where(fault=fault).values()) < min(usual.values())


def test_without_the_mask_the_loss_is_small_and_the_ranking_worse():
    rows = load_results("sasrec_broken").where(fault="no causal mask").rows
    others = load_results("sasrec_broken").where(fault="no positions").rows
    assert max(row["training_loss"] for row in rows) < 0.2 * min(row["training_loss"] for row in others)
