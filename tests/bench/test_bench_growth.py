"""Growth: each axis doubled four times, one process a point, the sizes that were asked for."""

import growth


def test_each_axis_is_doubled_four_times_and_nothing_else_moves():
    found = growth.points(["steps", "dim", "items", "users"])
    assert len(found) == 20
    for axis in growth.FIRST:
        sizes = [each for name, each in found if name == axis]
        assert [s[axis] for s in sizes] == [growth.FIRST[axis] * 2**n for n in range(5)]
        others = [{name: value for name, value in s.items() if name != axis} for s in sizes]
        assert others == [others[0]] * 5


def test_the_million_is_the_step_that_was_promised():
    (_, sizes), = growth.points(["million"])  # fmt: skip
    assert (sizes["items"], sizes["batch"], sizes["steps"]) == (1_000_000, 128, 200)
    assert sizes["users"] == sizes["batch"]  # one step


def test_a_point_in_a_process_of_its_own():
    found = growth.run_child({"users": 9, "steps": 6, "dim": 4, "items": 20, "batch": 4}, 1, 1)
    assert found["targets"] == 9 * 6  # every row is full
    assert found["seconds"] > 0 and found["cpu_seconds"] > 0 and found["peak_gb"] > found["grown_gb"] >= 0
