"""The pictures of chapter 4: what they say in words, what their data hold, and what they refuse."""

import pytest

from seqrec_lib.teaching.figures.diagrams import lstm_cell
from seqrec_lib.teaching.figures.recurrent_pictures import by_lag, fading, left_of_history

FADES = {"Elman": [2.0, 0.02, 2e-7], "GRU": [1.0, 0.5, 0.25]}


def test_the_cell_is_a_diagram_in_words():
    picture = lstm_cell()
    assert picture.diagram and picture.table is None
    assert "forget gate" in picture.alt and "Its tanh" in picture.alt


def test_fading_sizes_have_powers_of_ten_and_their_data():
    picture = fading(FADES, "size of the gradient", marks=(2,))
    assert "1 to 3 events back: Elman from 2 to 2e-07; GRU from 1 to 0.25" in picture.alt
    assert list(picture.table["events back"]) == [1, 2, 3] and list(picture.table["GRU"]) == FADES["GRU"]
    assert "10⁻⁵" in picture.svg and "mathdefault" not in picture.svg


@pytest.mark.parametrize("lines", [{}, {"a": [1.0], "b": [1.0, 2.0]}, {str(n): [1.0] for n in range(6)}])
def test_lines_that_cannot_be_drawn_raise(lines):
    with pytest.raises(ValueError, match="give one to 5 lines of one length"):
        fading(lines, "size")


def test_a_history_names_its_largest_part_and_its_cause():
    titles = ["A", "B", "A very long title that no axis can hold"]
    picture = left_of_history(titles, [0.1, 0.2, 0.3], [0.9, 0.8, 0.7], [0.5, 2.0, 1.0], 2)
    assert "from 0.10 to 0.30" in picture.alt and "from 0.70 to 0.90" in picture.alt
    assert "most of B." in picture.alt and f"called for the next one, {titles[2]}, is marked" in picture.alt
    assert list(picture.table["event"]) == titles, "the table has whole titles"


def test_points_by_lag_may_lack_a_lag():
    rows = {"GRU": {"2-8": (0.5, 0.4, 0.6), "37-43": (0.1, 0.0, 0.2)}, "LSTM": {"2-8": (0.7, 0.6, 0.8)}}
    picture = by_lag(rows, 0.87)
    assert "GRU: 2-8 0.500, 37-43 0.100; LSTM: 2-8 0.700. Ceiling 0.870." in picture.alt
    assert len(picture.table) == 3
