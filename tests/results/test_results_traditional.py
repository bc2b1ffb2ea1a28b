"""The stored contest of traditional methods: whole, with settings chosen where nothing is tested."""

import pytest

from seqrec_lib.results import load_results

WORLDS = ("video", "shop", "music", "ads", "finance", "courses", "care", "city")
SOURCES = (*(f"world:{name}:seed=1" for name in WORLDS), "ml-100k")
SEEDS = {"item-knn": 1, "content": 1, "popularity": 1, "markov": 1, "bpr-mf": 3}


@pytest.fixture(scope="module")
def rows():
    return load_results("traditional")


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("model", SEEDS)
def test_every_method_has_its_seeds_on_every_source(rows, source, model):
    found = rows.where(part="report", source=source, model=model).rows
    assert len({row["seed"] for row in found}) == len(found) == SEEDS[model]
    assert len({row["protocol"] for row in found}) == 1


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("model", ["item-knn", "content", "bpr-mf"])
def test_settings_are_the_best_of_the_choice_on_other_users(rows, source, model):
    tried = rows.where(part="choice", source=source.removesuffix(":seed=1"), model=model).rows
    assert len(tried) > 1 and not any("test" in row for row in tried)
    best = max(tried, key=lambda row: row["validation"]["NDCG@10"])["settings"]
    for row in rows.where(part="report", source=source, model=model).rows:
        assert all(row["settings"][name] == value for name, value in best.items())


@pytest.mark.parametrize("source", SOURCES)
def test_no_counted_method_is_above_the_ceiling_and_popularity_is_the_last_of_the_floors(rows, source):
    found = {model: rows.where(part="report", source=source, model=model) for model in SEEDS}
    if source != "ml-100k":
        top = found["markov"].mean(part="ceiling")
        assert all(part.mean() < top for part in found.values())
    assert found["popularity"].mean() < found["markov"].mean()


def test_neighbours_beat_the_chain_on_films_and_nowhere_else(rows):
    for source in SOURCES:
        knn, chain = (
            rows.where(part="report", source=source, model=m).mean() for m in ("item-knn", "markov")
        )
        assert (knn > chain) == (source == "ml-100k"), source
