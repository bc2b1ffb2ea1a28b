"""The stored rows of several goals: what chapter 16 says of them is so."""

from statistics import mean

from seqrec_lib.results import load_results

FORMS = ("separate", "shared bottom", "MMoE", "PLE")


def rows(part, **wanted):
    found = load_results("several_goals").where(part=part, **wanted).rows
    return sorted(found, key=lambda row: row["seed"])


def errors(form, world, key="error"):
    return [row["purchases"]["conversion"][key] for row in rows("tasks", variant=form, world=world)]


def test_every_form_has_its_rows_at_the_step_size_that_validation_chose():
    for name in FORMS:
        for space in ("clicked", "entire"):
            form = f"{name}, {space}"
            tried = rows("tuning", variant=form)
            best = min(tried, key=lambda row: row["validation"]["joint log-loss"])["lr"]
            for world in ("no selection", "selection"):
                found = rows("tasks", variant=form, world=world)
                assert [row["seed"] for row in found] == [1, 2, 3] and {row["lr"] for row in found} == {best}
            assert len({row["seed"] for row in tried}) == 1 and tried[0]["seed"] not in (1, 2, 3)


def test_selection_is_there_in_one_world_alone_and_does_not_deceive_the_control():
    for row in rows("tasks", variant="shared bottom, clicked"):
        seen = row["selection"]
        gap = seen["all"] - seen["clicked"]
        assert gap > 0.1 if row["world"] == "selection" else abs(gap) < 0.02
    bias = mean(errors("shared bottom, clicked", "selection", "bias unclicked"))
    assert abs(bias) < 0.05


def test_the_entire_space_brings_nothing_here():
    for world in ("no selection", "selection"):
        for name in FORMS:
            assert mean(errors(f"{name}, entire", world)) > mean(errors(f"{name}, clicked", world))


def test_no_model_has_a_better_joint_loss_than_the_oracle_nor_covers_more_than_its_front():
    for row in load_results("several_goals").rows:
        if row["part"] in ("tasks", "weights"):
            found = row["purchases"]
            assert found["test"]["joint log-loss"] > found["ceiling"]["joint log-loss"]
        if row["part"] == "lists" and "hypervolume" in row:
            assert 0 < row["hypervolume"] <= 1


def test_forms_are_of_one_size():
    sizes = {row["parameters"] for row in load_results("several_goals").where(part="tasks").rows}
    assert max(sizes) <= 1.03 * min(sizes)


def test_a_front_goes_from_one_goal_to_the_other():
    (oracle,) = rows("lists", variant="oracle")
    clicks, bought = ([point[key] for point in oracle["front"]] for key in ("clicks", "purchases"))
    assert clicks == sorted(clicks, reverse=True) and bought == sorted(bought)


def test_no_step_size_was_chosen_at_an_end_of_the_ladder():
    for name in {row["variant"] for row in rows("tuning")}:
        tried = {row["lr"]: row["validation"]["joint log-loss"] for row in rows("tuning", variant=name)}
        assert min(tried) < min(tried, key=tried.get) < max(tried), name
