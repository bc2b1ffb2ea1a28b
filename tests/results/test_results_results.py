"""Committed results: complete, findable, and the only way a figure enters the prose."""

import json
from importlib import resources

import pytest

from seqrec_lib import results
from seqrec_lib.results import SCHEMAS, Results, load_results
from seqrec_lib.teaching.prose import tell

NAMES = sorted(
    entry.name.removesuffix(".json")
    for entry in resources.files("seqrec_lib.results").iterdir()
    if entry.name.endswith(".json")
)


def row(value, **more):
    return {
        "model": "m",
        "seed": 0,
        "test": {"NDCG@10": value},
        "floors": {"markov": {"NDCG@10": 0.1}},
        **more,
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_committed_row_is_complete_and_clean(name):
    for found in load_results(name).rows:
        for field in SCHEMAS[name]:
            assert found[field] not in ("", None) or field == "published", "only a row of ours may lack that"
        assert not found["commit"].endswith("-dirty")


def test_every_file_has_a_schema_and_every_schema_a_file():
    assert sorted(SCHEMAS) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_no_row_stands_twice(name):
    keys = [
        json.dumps(
            {
                k: {**(r.get("settings") or {}), **r}.get(k)
                for k in (
                    *("command", "model", "seed", "fault", "budget", "contestant", "axis", "size", "sizes"),
                    *("positions", "kept", "part", "source", "dim", "layers", "rows", "precision", "way"),
                    *("noise", "runs", "encoder", "score", "bias", "lag", "variant", "lr", "steps"),
                    *("length", "longest_trained", "world", "items", "strength", "clip"),
                    *("users", "batch", "temperature", "window_days"),
                    # A simulation and a trial of a choice are known by these alone.
                    *(("settings",) if name in ("ab_tests", "traditional") else ()),
                )
            }
        )
        for r in load_results(name).rows
    ]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("name", ["video", "worlds"])
def test_no_stored_model_is_above_the_ceiling(name):
    rows = [row for row in load_results(name).rows if row["model"] != "oracle"]
    assert rows
    for found in rows:
        for name, gap in found["ceiling_above_model"].items():
            assert gap["low"] > 0 and gap["level"] == 0.999, (found["command"], name)


def test_the_video_world_shows_what_it_should():
    """Attention above pooling and floors, intervals apart, and 30% of the gap closed, in 45 s."""
    short = load_results("video").where(budget="45 s")
    with_attention, pooled = (short.where(model=name) for name in ("lstm-attention", "lstm-mean"))
    assert len(with_attention.rows) == len(pooled.rows) == 3
    assert all(r["seconds"] <= 46 for r in short.rows)  # a run stops at the first batch after its budget
    floor = max(with_attention.mean(f"{name}/NDCG@10", "floors") for name in ("popularity", "markov"))
    ceiling = with_attention.mean("NDCG@10", "ceiling")
    assert with_attention.interval()[0] > max(floor, pooled.interval()[1])
    assert (with_attention.mean() - floor) / (ceiling - floor) >= 0.3


def test_values_mean_and_interval():
    rows = Results("x", [row(0.1), row(0.2), row(0.3)])
    assert rows.values() == [0.1, 0.2, 0.3] and rows.mean() == pytest.approx(0.2)
    half = 4.303 * 0.1 / 3**0.5
    assert rows.interval() == pytest.approx((0.2 - half, 0.2 + half))
    assert rows.mean("markov/NDCG@10", "floors") == pytest.approx(0.1)
    assert Results("x", [row(0.1)]).interval() == (0.1, 0.1)


def test_where_finds_or_says_so():
    rows = Results("x", [row(0.1, budget="a"), row(0.2, budget="b")])
    assert rows.where(budget="b").values() == [0.2]
    with pytest.raises(ValueError, match="no row with"):
        rows.where(budget="c")


def test_an_unknown_name_gives_the_nearest():
    with pytest.raises(ValueError, match="unknown results 'vidio': did you mean video"):
        load_results("vidio")


def test_a_missing_file_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(results.resources, "files", lambda name: tmp_path)
    with pytest.raises(ValueError, match="video.json is missing"):
        load_results("video")


def test_a_row_without_its_command_is_refused(tmp_path, monkeypatch):
    whole = {**dict.fromkeys(SCHEMAS["ties"], 1), **row(0.1)}
    del whole["command"]
    (tmp_path / "ties.json").write_text(json.dumps({"rows": [whole]}))
    monkeypatch.setattr(results.resources, "files", lambda name: tmp_path)
    with pytest.raises(ValueError, match="row 0: command missing"):
        load_results("ties")


@pytest.mark.parametrize("name", ["speed", "growth"])
def test_a_measurement_without_its_machine_is_refused(tmp_path, monkeypatch, name):
    whole = dict.fromkeys(SCHEMAS[name], 1)
    file = tmp_path / f"{name}.json"
    monkeypatch.setattr(results.resources, "files", lambda name: tmp_path)
    file.write_text(json.dumps({"rows": [whole]}))
    assert load_results(name).rows == [whole]
    del whole["machine"]
    file.write_text(json.dumps({"rows": [whole]}))
    with pytest.raises(ValueError, match="row 0: machine missing"):
        load_results(name)


def test_numbers_enter_prose_by_name():
    assert tell("It closes {c:.0%}.", c=0.5)._repr_markdown_() == "It closes 50%."
    with pytest.raises(KeyError):
        tell("It closes {c:.0%}.", d=0.5)


def test_the_shuffle_test_has_both_orders_of_every_seed():
    found = load_results("shuffle")
    sources = {row["source"] for row in found.rows}
    assert {"world:video", "ml-100k", "ml-1m"} < sources and len(sources) >= 4
    for source in sources:
        for order in ("true", "shuffled"):
            seeds = sorted(found.where(source=source, order=order).rows, key=lambda row: row["seed"])
            assert [row["seed"] for row in seeds] == [0, 1, 2], (source, order)
            assert all(row["command"].endswith(f"--order {order} --seed {row['seed']}") for row in seeds)


def test_all_conditions_of_the_split_comparison_have_the_same_cases():
    found = load_results("splits")
    for seed in range(3):
        rows = found.where(seed=seed).rows
        assert len({(row["model"], row["knows"]) for row in rows}) == len(rows) == 12
        assert len({row["data"]["test_cases"] for row in rows}) == 1
        assert all(row["data"]["train_after_moment"] == 0 for row in rows if row["knows"] == "past")
        amount = {row["knows"]: row["data"]["train_interactions"] for row in rows}
        assert 0.99 < amount["equal"] / amount["past"] <= 1, "the control differs in the future alone"


def test_windows_differ_in_the_way_alone():
    rows = load_results("windows").rows
    for case in {(row["log"], row["max_len"]) for row in rows}:
        mine = [row for row in rows if (row["log"], row["max_len"]) == case]
        by_way = {way: [row for row in mine if row["way"] == way] for way in {row["way"] for row in mine}}
        assert {tuple(row["seed"] for row in part) for part in by_way.values()} == {(0, 1, 2)}
        same = [{**row["settings"], "epochs": 0, "seed": 0, "best_epoch": 0} for row in mine]
        assert all(one == same[0] for one in same)
        newest, everything, long = (by_way[way][0] for way in ("newest", "all", "newest, as many targets"))
        assert newest["epochs"] == everything["epochs"] < long["epochs"]
        assert long["epochs"] == round(newest["epochs"] / newest["share_newest"])
