"""A new user of `shop` is asked up to twenty questions, chosen by several rules, for `little_data.py`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch

from seqrec_lib.data import simulate
from seqrec_lib.data.worlds.questions import (
    Rule,
    answer_entropy,
    belief_after,
    entropy,
    expected_ndcg,
    information_gain,
    interview,
    questions,
)
from seqrec_lib.experiments.provenance import commit, versions
from seqrec_lib.models.latent_classes import fit_classes

NUMBER, ASKED, USERS = 20, 1000, 4000


def rules_of(seed: int) -> dict[str, Rule]:
    """Each rule by its name; those of a model learn from the slates of the users of ``seed``."""
    world = simulate("shop", users=USERS, seed=seed)
    true = questions(world)
    learned = fit_classes(world.click_batch, world.n_items, classes=len(true.prior), seed=seed)
    met = torch.bincount(torch.from_numpy(world.log.items), minlength=world.n_items + 1).double()
    draw = torch.Generator().manual_seed(seed)

    def by(prior: torch.Tensor, yes: torch.Tensor, value: Any) -> Rule:
        return lambda asked, clicked: value(belief_after(prior, yes, asked, clicked), yes)

    return {
        "random": lambda asked, clicked: torch.rand(len(asked), world.n_items + 1, generator=draw).double(),
        "popularity": lambda asked, clicked: met.expand(len(asked), -1),
        "model, unsure of the answer": by(learned.prior, learned.yes, answer_entropy),
        "model, information": by(learned.prior, learned.yes, information_gain),
        "exact, unsure of the answer": by(true.prior, true.yes, answer_entropy),
        "exact, information": by(true.prior, true.yes, information_gain),
    }


def question_rows(seed: int) -> Iterator[dict[str, Any]]:
    """One row for each rule: entropy of the exact belief and expected NDCG@10 after each question."""
    world = simulate("shop", users=USERS, seed=seed)
    true = questions(world)
    kind = torch.multinomial(true.prior, ASKED, True, generator=torch.Generator().manual_seed(seed))
    known = torch.eye(len(true.prior), dtype=torch.float64)[kind]
    for name, rule in rules_of(seed).items():
        beliefs = interview(true, kind, rule, NUMBER, torch.Generator().manual_seed(100 + seed))
        unsure = [float(entropy(each).mean()) for each in beliefs]
        worth = [float(expected_ndcg(each, kind, true.following).mean()) for each in beliefs]
        yield {
            "part": "questions",
            "variant": name,
            "model": "oracle",
            "seed": seed,
            "world": "shop",
            "users": USERS,
            "protocol": "first item, expected",
            "settings": {"asked": ASKED, "number": NUMBER},
            "entropy": unsure,
            "worth": worth,
            "test": {"NDCG@10": worth[-1], "entropy": unsure[-1]},
            "ceiling": {"NDCG@10": float(expected_ndcg(known, kind, true.following).mean())},
            "versions": versions(),
            "command": f"python benchmarks/little_data.py --part questions --seed {seed}",
            "commit": commit(),
        }
