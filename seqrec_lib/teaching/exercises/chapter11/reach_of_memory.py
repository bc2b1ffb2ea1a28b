"""How far back a state can see: layers, memory and the place in the segment."""

from __future__ import annotations

from ..exercise import Exercise, Mutant, Probe


def reach_of_memory(layers: int, segment: int, memory: int, step: int) -> int:
    """layers, segment, memory, step: int. Returns how many events back the oldest event lies."""
    return min(layers * memory + (step - 1) % segment, step - 1)


EXERCISE = Exercise(
    name="reach-of-memory",
    reference=reach_of_memory,
    probes=lambda: [
        Probe("one layer, the first step of the second segment", (1, 4, 4, 5)),
        Probe("two layers, late in a segment", (2, 3, 6, 30)),
        Probe("three layers, a history that is shorter than that", (3, 5, 10, 22)),
        Probe("no memory", (2, 16, 0, 60)),
        Probe("the first step of all", (4, 2, 8, 1)),
        Probe("one layer, a long memory", (1, 16, 48, 410)),
        Probe("the last step of a segment", (2, 7, 7, 70)),
    ],
    mutants=(
        Mutant(
            "one-layer",
            "This is the reach of one layer. What does the oldest state of the memory know itself?",
            lambda layers, segment, memory, step: min(memory + (step - 1) % segment, step - 1),
        ),
        Mutant(
            "place-forgotten",
            "The steps of the segment itself are missing.",
            lambda layers, segment, memory, step: min(layers * memory, step - 1),
        ),
        Mutant(
            "place-once-a-layer",
            "The place in the segment counts once. The oldest state of the memory stands at the first place "
            "of its segment.",
            lambda layers, segment, memory, step: min(layers * (memory + (step - 1) % segment), step - 1),
        ),
        Mutant(
            "segments-counted",
            "Each layer adds a memory, not a segment.",
            lambda layers, segment, memory, step: min(layers * segment + (step - 1) % segment, step - 1),
        ),
        Mutant(
            "itself-counted",
            "This counts the event itself. An event that is 1 back is the one before.",
            lambda layers, segment, memory, step: min(layers * memory + (step - 1) % segment + 1, step),
        ),
        Mutant(
            "before-the-first-event",
            "This reaches back before the first event of the history.",
            lambda layers, segment, memory, step: layers * memory + (step - 1) % segment,
        ),
        Mutant(
            "counted-from-zero",
            "Steps are counted from 1, so step 5 with segments of 4 is the first of its segment.",
            lambda layers, segment, memory, step: min(layers * memory + step % segment, step - 1),
        ),
        Mutant(
            "last-layer-blind",
            "Every layer reads the memory, the first one too.",
            lambda layers, segment, memory, step: min((layers - 1) * memory + (step - 1) % segment, step - 1),
        ),
    ),
    hints=(
        "Take one layer first: which is the oldest key of a query that is third in its segment?",
        "Then ask what the state at that oldest key could see one layer below. At which place of its segment "
        "does it stand?",
    ),
)
