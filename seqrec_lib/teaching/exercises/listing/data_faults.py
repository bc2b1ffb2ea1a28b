"""Faults of the data: noise read as numbers, and answers that are noise."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..exercise import Exercise, Mutant, Probe
from .fault import Fault, error_words


def read_integers(items, table, lstm):
    return lstm(items[:, :, None].expand(-1, -1, lstm.input_size))[0]


def read_items(items: Tensor, table: nn.Embedding, lstm: nn.LSTM) -> Tensor:
    """items: (B, T) int64, table: an embedding, lstm: batch_first. Returns the states (B, T, H)."""
    return lstm(table(items))[0]


def _read_as_numbers(items, table, lstm):
    return lstm(items[:, :, None].float().expand(-1, -1, lstm.input_size))[0]


def _reader() -> tuple[nn.Embedding, nn.LSTM]:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(20)
        table, lstm = nn.Embedding(9, 4), nn.LSTM(4, 3, batch_first=True)
        return table.requires_grad_(False), lstm.requires_grad_(False)


def _integer_cost() -> tuple[str, dict]:
    error = error_words(read_integers, torch.tensor([[3, 8, 1]]), *_reader())
    return "It never runs: {error}.", {"error": error}


INT_NOISE = Fault(
    name="int-noise",
    title="Whole numbers fed to an LSTM",
    excerpt="clips = torch.from_numpy(np.random.randint(0, 200, (500, 12, 8)))\n...\n"
    "        states, _ = self.encoder(clips, (start, start))\n",
    faulty=read_integers,
    measure=_integer_cost,
    task="Return the LSTM's states for a batch of item numbers, read through the embedding table.",
    exercise=Exercise(
        name="int-noise",
        reference=read_items,
        probes=lambda: [
            Probe("one row", (torch.tensor([[3, 8, 1]]), *_reader())),
            Probe("two rows", (torch.tensor([[2, 2], [5, 7]]), *_reader())),
        ],
        mutants=(
            Mutant(
                "int-noise", "An LSTM multiplies and adds: it needs real vectors, not int64.", read_integers
            ),
            Mutant(
                "numbers-as-quantities",
                "It runs, but item 8 now counts as twice item 4. A number is only a name: look up "
                "its vector.",
                _read_as_numbers,
            ),
        ),
        hints=("What must a number become before an LSTM can read it? The book looks it up in a table.",),
    ),
)


def random_answers(histories, videos, generator):
    return torch.randint(1, videos + 1, (len(histories),), generator=generator)


def next_items(histories: list[list[int]], videos: int, generator: torch.Generator) -> Tensor:
    """histories: lists of items, oldest first. Returns (N,): the item to predict, each one's last."""
    return torch.tensor([history[-1] for history in histories])


def _first_items(histories, videos, generator):
    return torch.tensor([history[0] for history in histories])


def _last_input(histories, videos, generator):
    return torch.tensor([history[-2] for history in histories])


def _answer_cost() -> tuple[str, dict]:
    from ....data.worlds import simulate

    log = simulate("video", users=1000).log
    parts = torch.from_numpy(log.items).split((log.offsets[1:] - log.offsets[:-1]).tolist())
    histories = [part.tolist() for part in parts]
    pairs = [history[i : i + 2] for history in histories for i in range(len(history) - 1)]
    generator = torch.Generator().manual_seed(0)
    numbers = {"chance": 10 / log.n_items}
    for name, answers in (("noise", random_answers), ("real", next_items)):
        targets = answers(pairs, log.n_items, generator)
        numbers[name] = _best_ten(torch.tensor([p[0] for p in pairs]), targets, log.n_items)
    words = (
        "Count what follows each item in half of the users, look for it in the other half: it is among "
        "the ten most frequent in {real:.1%} of cases with real answers, in {noise:.1%} with random ones. "
        "Chance is {chance:.1%}."
    )
    return words, numbers


def _best_ten(last: Tensor, targets: Tensor, videos: int) -> float:
    """Hit rate at 10, on the second half, of the items that most often follow the last one in the first."""
    half = len(last) // 2
    counts = torch.zeros(videos + 1, videos + 1)
    counts.index_put_((last[:half], targets[:half]), torch.ones(half), accumulate=True)
    ten = counts[last[half:]].topk(10, dim=1).indices
    return float((ten == targets[half:, None]).any(1).double().mean())


def _rng() -> torch.Generator:
    return torch.Generator().manual_seed(21)


RANDOM_TARGETS = Fault(
    name="random-targets",
    title="Random answers",
    excerpt="answers = torch.from_numpy(np.random.randint(0, 200, 500))\n",
    faulty=random_answers,
    measure=_answer_cost,
    task="Return what a model should predict from the rest of each history: its last item.",
    exercise=Exercise(
        name="random-targets",
        reference=next_items,
        probes=lambda: [
            Probe("two histories", ([[4, 7, 2], [3, 9]], 9, _rng())),
            Probe("three histories", ([[1, 2, 3, 5], [8, 6], [2, 4, 8]], 9, _rng())),
            Probe("a longer one last", ([[11, 5], [12, 7, 14, 10]], 14, _rng())),
        ],
        mutants=(
            Mutant(
                "random-targets",
                "The answers are drawn at random and have nothing to do with the histories: no model "
                "can learn them.",
                random_answers,
            ),
            Mutant("first-item", "This is the oldest item. The newest comes last.", _first_items),
            Mutant(
                "last-input",
                "This is the last item that the model gets to see; it could copy it.",
                _last_input,
            ),
        ),
        hints=("No random number is needed.",),
    ),
)
