"""The stored runs of SASRec: complete, below the ceiling, and saying what chapter 9 says of them."""

import pytest

from seqrec_lib.results import load_results

USUAL = {"positions": "end", "norm": "pre", "blocks": 2, "heads": 1, "dim": 64, "length": 50}
STUDIES = {
    "positions": ("end", "distance", "both", "end+distance", "start"),
    "blocks": (1, 2, 3),
    "heads": (1, 2, 4),
    "dim": (16, 32, 64, 128),
    "length": (5, 10, 20, 30, 50),
    "norm": ("pre", "post", "query", "published"),
}


def of(budget="plateau", **changes):
    return load_results("sasrec").where(**{**USUAL, "budget": budget, **changes})


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
            shown = {
                "positions": settings["positions"],
                "norm": settings["norm"],
                "blocks": settings["layers"],
                "heads": settings["heads"],
                "dim": settings["dim"],
                "length": settings["max_len"],
            }
            assert {key: row[key] for key in shown} == shown
            assert settings["ff_width"] == settings["dim"] and settings["epochs"] == row["epochs"] == 24


def test_relative_positions_are_ahead_of_places_and_places_from_the_newest_of_those_from_the_oldest():
    found = {kind: of(positions=kind).values() for kind in STUDIES["positions"]}
    assert min(found["distance"] + found["both"]) > max(found["end"])
    assert min(found["end"]) > max(found["start"])


def test_no_length_of_history_is_a_cliff_but_with_places_from_the_oldest_item():
    rows = load_results("places")
    for positions in ("start", "end", "distance", "both"):
        for row in rows.where(positions=positions, kept=50).rows:
            gaps = {one["length"]: one["oracle"] - one["model"] for one in row["by_length"]}
            beyond = [gap for length, gap in gaps.items() if length > row["longest_trained"]]
            known = [gap for length, gap in gaps.items() if length <= row["longest_trained"]]
            assert (min(beyond) > 2 * sum(known) / len(known)) == (positions == "start"), positions


def test_length_pays_until_the_triggers_fit():
    found = [of(length=length).mean() for length in (5, 10, 20, 50)]
    assert found == sorted(found) and found[-1] - found[0] > 0.1


@pytest.mark.parametrize("norm", STUDIES["norm"])
def test_the_distance_bias_is_ahead_of_places_under_every_norm(norm):
    places, distance = (of(norm=norm, positions=kind).values() for kind in ("end", "distance"))
    assert len(places) == len(distance) == 3 and min(distance) > max(places)


def test_every_fault_costs_what_seeds_cannot_explain():
    broken, usual = load_results("sasrec_broken"), of("8 epochs")
    for fault in ("no causal mask", "no positions", "no positions, one block"):
        assert max(broken.where(fault=fault).values()) < min(usual.values())


def test_without_the_mask_the_loss_is_small_and_the_ranking_worse():
    rows = load_results("sasrec_broken").where(fault="no causal mask").rows
    others = load_results("sasrec_broken").where(fault="no positions").rows
    assert max(row["training_loss"] for row in rows) < 0.2 * min(row["training_loss"] for row in others)


def changes(fault, cause, key="NDCG@10"):
    """Each run less the whole model of its seed, on fresh users, and the standard error over them."""
    rows = load_results("sasrec_broken").where(fault=fault).rows
    assert sorted(row["seed"] for row in rows) == [0, 1, 2]
    return [row["against_whole"][cause][key] for row in rows]


def test_the_whole_model_beside_the_faults_is_that_of_the_book():
    whole = load_results("sasrec_broken").where(fault="none")
    assert whole.values() == pytest.approx(of("8 epochs").values(), abs=1e-6)


def test_hidden_from_itself_a_step_loses_no_sequel_and_some_of_what_an_earlier_item_called_for():
    hidden = "hidden from itself"
    assert all(gain - 3 * error > 0 for gain, error in changes(hidden, "the last item"))
    assert all(gain + 3 * error < 0 for gain, error in changes(hidden, "an earlier item"))


@pytest.mark.parametrize("cause", ["the last item", "an earlier item"])
def test_one_block_is_not_one_way_in_all_runs(cause):
    found = [gain for gain, _ in changes("one block", cause)]
    assert min(found) < 0 < max(found)
