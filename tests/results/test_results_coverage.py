"""The stored trials of intervals: the sum of the parts holds what it says, the crossed bootstrap does not."""

from seqrec_lib.results import load_results


def of(way, key="covered", **wanted):
    return [row[key] for row in load_results("coverage").where(way=way, **wanted).rows]


def test_the_parts_hold_the_truth_about_as_often_as_they_say():
    noise = 3 * (0.95 * 0.05 / of("parts", "trials")[0]) ** 0.5
    assert min(of("parts")) > 0.95 - noise and max(of("parts")) < 0.99


def test_the_bootstrap_is_too_narrow_with_few_runs_and_too_wide_where_runs_add_nothing():
    assert max(of("bootstrap", noise="runs add most")) < 0.93
    single = {"noise": "runs add nothing, users much in single runs"}
    assert min(of("bootstrap", **single)) > 0.99
    for runs in (3, 5):  # with two, Student's t is wide as well
        (wide,), (ours,) = (of(way, "width", **single, runs=runs) for way in ("bootstrap", "parts"))
        assert wide > ours and wide > 1.5
