"""The view of cost by scale: what it is given, and what it refuses."""

import pytest

from seqrec_lib.teaching.widgets import scale_costs

MACHINE = {"memory": 1e9, "speed": 1e9, "network": 1e8}


def test_it_hands_on_sizes_and_machines():
    data = scale_costs({"mine": MACHINE}, users=(10, 100), items=(5,)).data
    assert data["machines"] == [{"name": "mine", **MACHINE}]
    assert (data["users"], data["items"], data["dim"], data["drawn"]) == ([10, 100], [5], 64, 512)


@pytest.mark.parametrize("machines", [{}, {"mine": {"memory": 1.0, "speed": 1.0}}])
def test_a_machine_that_lacks_a_figure_is_refused(machines):
    with pytest.raises(ValueError, match="memory, speed and network"):
        scale_costs(machines)
