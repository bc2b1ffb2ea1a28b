"""The stored tests: what page 13b says of them is so, with the noise of so many tests allowed for."""

from seqrec_lib.results import load_results

MORE = "one more popular item"


def rows(part, **wanted):
    return load_results("ab_tests").where(part=part, **wanted).rows


def called(rule, looks, new="as it is"):
    (row,) = (
        row
        for row in rows("peeking", variant=rule)
        if row["settings"]["looks"] == looks and row["settings"]["new"] == new
    )
    assert row["tests"] >= 2000
    return row["test"]["called"]


def test_peeking_is_wrong_and_the_other_rules_are_not():
    shares = [called("p < .05", looks) for looks in (1, 2, 5, 20, 100, 1000)]
    assert shares == sorted(shares) and abs(shares[0] - 0.05) < 0.015 and shares[-1] > 0.5
    assert max(called(rule, looks) for rule in ("Bonferroni", "mSPRT") for looks in (2, 20, 1000)) < 0.05


def test_power_is_what_the_formula_says():
    for row in rows("power"):
        assert abs(row["test"]["found"] - row["test"]["formula"]) < 0.03
        assert abs(row["test"]["held"] - 0.95) < 0.02


def test_only_what_was_known_before_may_be_taken_out():
    for row in rows("cuped"):
        test = row["test"]
        noise = 4 * test["error"] / row["tests"] ** 0.5
        right = abs(test["told"] - test["difference"]) < noise
        assert right == (row["variant"] != "purchases in the test"), row["variant"]
        assert abs(test["false alarms"] - 0.05) < 0.025


def test_weighed_estimates_are_right_on_average_and_clipped_ones_are_not():
    for row in rows("logs"):
        test, name = row["test"], row["variant"]
        unbiased = abs(test["bias"]) < 4 * test["spread"] / row["tests"] ** 0.5
        if name in ("item by item", "whole slate", "doubly robust", "doubly robust, a bad model"):
            assert unbiased, name
        if name in ("the log's own mean", "model alone"):
            assert not unbiased, name
        if name.endswith("clipped at 5") and row["settings"]["policy"] == "far":
            assert not unbiased and test["held"] < 0.1


def test_every_row_was_made_from_a_clean_commit():
    assert not [row["commit"] for row in load_results("ab_tests").rows if row["commit"].endswith("dirty")]
