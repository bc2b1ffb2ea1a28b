"""Numbers as a sentence writes them."""

import pytest

from seqrec_lib.teaching.prose import scientific


@pytest.mark.parametrize(("value", "said"), [(3.2e-8, "3 × 10⁻⁸"), (0.0021, "2 × 10⁻³"), (4e12, "4 × 10¹²")])
def test_a_tiny_number_is_written_as_people_write_it(value, said):
    assert scientific(value) == said
