"""How much of the way from the best floor to the ceiling a model has come."""

from __future__ import annotations

import numpy as np

from ..exercise import Exercise, Mutant, Probe


def _best(floors: dict[str, np.ndarray]) -> float:
    return max(values.mean() for values in floors.values())


def gap_closed(model: np.ndarray, floors: dict[str, np.ndarray], ceiling: np.ndarray) -> float:
    """model, ceiling: (N,) arrays; floors: dict of (N,) arrays. Returns a number."""
    floor = _best(floors)
    return (model.mean() - floor) / (ceiling.mean() - floor)


def ceiling_one(model, floors, ceiling):
    return gap_closed(model, floors, np.ones_like(ceiling))


def worst_floor(model, floors, ceiling):
    floor = min(values.mean() for values in floors.values())
    return (model.mean() - floor) / (ceiling.mean() - floor)


def mean_floor(model, floors, ceiling):
    floor = np.mean([values.mean() for values in floors.values()])
    return (model.mean() - floor) / (ceiling.mean() - floor)


def first_floor(model, floors, ceiling):
    floor = next(iter(floors.values())).mean()
    return (model.mean() - floor) / (ceiling.mean() - floor)


def last_floor(model, floors, ceiling):
    """A loop over the baselines overwrites the floor, and the last one stays."""
    floor = list(floors.values())[-1].mean()
    return (model.mean() - floor) / (ceiling.mean() - floor)


def best_floor_each_user(model, floors, ceiling):
    floor = np.max(list(floors.values()), axis=0).mean()
    return (model.mean() - floor) / (ceiling.mean() - floor)


def divided_by_ceiling(model, floors, ceiling):
    return (model.mean() - _best(floors)) / ceiling.mean()


def share_of_ceiling(model, floors, ceiling):
    return model.mean() / ceiling.mean()


def gain_over_floor(model, floors, ceiling):
    return (model.mean() - _best(floors)) / _best(floors)


def not_divided(model, floors, ceiling):
    return model.mean() - _best(floors)


def clipped(model, floors, ceiling):
    return float(np.clip(gap_closed(model, floors, ceiling), 0, 1))


def left_open(model, floors, ceiling):
    return 1 - gap_closed(model, floors, ceiling)


def percent(model, floors, ceiling):
    return 100 * gap_closed(model, floors, ceiling)


def best_user(model, floors, ceiling):
    return gap_closed(model, floors, ceiling.max(keepdims=True))


def _ratios(model, floors, ceiling):
    name = max(floors, key=lambda key: floors[key].mean())
    gap = ceiling - floors[name]
    return (model - floors[name]), gap


def mean_of_ratios(model, floors, ceiling):
    gain, gap = _ratios(model, floors, ceiling)
    return (gain / gap).mean()


def _probes() -> list[Probe]:
    generator = np.random.default_rng(3)

    def users(*means: float) -> list[np.ndarray]:
        return [mean + generator.uniform(-0.04, 0.04, 12) for mean in means]

    def case(about: str, model: float, ceiling: float, **floors: float) -> Probe:
        arrays = users(model, ceiling, *floors.values())
        return Probe(about, (arrays[0], dict(zip(floors, arrays[2:], strict=True)), arrays[1]))

    return [
        case("between floor and ceiling", 0.30, 0.42, popularity=0.08, markov=0.23),
        case("the best floor comes first", 0.28, 0.40, markov=0.25, recent=0.10, popularity=0.07),
        case("worse than the best floor", 0.18, 0.45, popularity=0.06, markov=0.24),
        case("floors close together", 0.35, 0.50, popularity=0.21, recent=0.22, markov=0.20),
        case("one floor", 0.20, 0.38, popularity=0.09),
    ]


EXERCISE = Exercise(
    name="gap-closed",
    reference=gap_closed,
    probes=_probes,
    mutants=(
        Mutant(
            "ceiling-one",
            "The ceiling here is 1. No model can reach that: use the oracle's own mean.",
            ceiling_one,
        ),
        Mutant(
            "worst-floor",
            "The worst baseline is the floor here, which flatters the model. Use the best.",
            worst_floor,
        ),
        Mutant("mean-floor", "The floor is the mean of the baselines. Use the best one.", mean_floor),
        Mutant(
            "first-floor",
            "One baseline is the floor for its place in the dict, the first or the last. Use the best one.",
            first_floor,
            last_floor,
        ),
        Mutant(
            "best-floor-each-user",
            "For each user the better baseline is taken. No baseline does that: take means first, "
            "then the best.",
            best_floor_each_user,
        ),
        Mutant(
            "divided-by-ceiling",
            "The gain is divided by the ceiling. The way to go starts at the floor, not at 0.",
            divided_by_ceiling,
        ),
        Mutant(
            "share-of-ceiling",
            "This is the share of the ceiling; a baseline has most of it already.",
            share_of_ceiling,
        ),
        Mutant(
            "gain-over-floor",
            "This is the gain relative to the floor. The ceiling does not occur in it.",
            gain_over_floor,
        ),
        Mutant(
            "not-divided",
            "This is the gain itself. What is the whole way, from floor to ceiling?",
            not_divided,
        ),
        Mutant(
            "clipped", "A model below the best baseline should get a negative share; here it gets 0.", clipped
        ),
        Mutant(
            "left-open",
            "This is the share that is still open; the share that is closed is wanted.",
            left_open,
        ),
        Mutant("percent", "This is in percent; return a share, 1 at the ceiling.", percent),
        Mutant("best-user", "The ceiling is the mean over users, not the luckiest user's.", best_user),
        Mutant(
            "mean-of-ratios",
            "A ratio for each user is noise: many users have almost no gap. Take the means first, "
            "then one ratio.",
            mean_of_ratios,
        ),
    ),
    hints=(
        "Draw a line from the best baseline's mean to the oracle's mean. Where on it does the model stand?",
        "Three means come first: the model's, the best baseline's, the oracle's.",
    ),
)
