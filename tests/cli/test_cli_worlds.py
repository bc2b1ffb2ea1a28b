"""Every world that the command line lists can be written, read back, and trained on."""

import numpy as np
import pandas as pd
import pytest

from seqrec_lib.cli import main
from seqrec_lib.data import OUTLOOK, WORLDS, read_interactions, simulate

NAMES = [*WORLDS, *OUTLOOK]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_a_world_comes_back_from_its_file(call, tmp_path, name, suffix):
    path = tmp_path / f"log.{suffix}"
    found = call("simulate", "--world", name, "--users", 25, "--seed", 2, "--out", path)
    assert found.code == 0 and f"world '{name}'" in found.out
    log = simulate(name, users=25, seed=2).log
    again = read_interactions(path, repeats=log.repeats)
    assert np.array_equal(again.item_ids[again.items].astype(int), log.items)
    assert np.array_equal(again.users, log.users)
    assert np.array_equal(again.times, log.times)
    assert [again.titles[i] for i in again.items] == [log.titles[i] for i in log.items]
    assert set(again.features) == set(log.item_features)
    for feature, values in log.item_features.items():
        assert again.features[feature].tolist() == values[log.items].tolist(), feature


@pytest.mark.parametrize("name", NAMES)
def test_a_world_can_be_trained_on(call, name):
    found = call("fit", "--data", f"world:{name}:users=40,seed=3", "--model", "markov", "--quiet")
    assert found.code == 0 and "ceiling" in found.out


def test_the_help_lists_them(capsys):
    with pytest.raises(SystemExit):
        main(["simulate", "--help"])
    told = capsys.readouterr().out
    assert ", ".join(NAMES) in " ".join(told.split())


@pytest.mark.parametrize("name", ["shop", "ads"])
@pytest.mark.parametrize("suffix", ["csv", "parquet"])
def test_impressions_are_written_beside_the_log(call, tmp_path, name, suffix):
    log, shown = tmp_path / f"log.{suffix}", tmp_path / "new" / f"shown.{suffix}"
    words = ["--users", 20, "--out", log, "--impressions", shown]
    found = call("simulate", "--world", name, *words)
    assert found.code == 0 and "impressions in" in found.err and "interactions in" in found.err
    frame = pd.read_csv(shown) if suffix == "csv" else pd.read_parquet(shown)
    world = simulate(name, users=20)
    pd.testing.assert_frame_equal(frame, world.impressions, check_dtype=False)
    assert log.exists()


def test_impressions_that_cannot_be(fails, tmp_path):
    out = tmp_path / "log.csv"
    words = ["simulate", "--users", 10, "--out", out, "--impressions"]
    assert "world 'music' shows nothing to click" in fails(*words, tmp_path / "i.csv", "--world", "music")
    assert "name another" in fails(*words, out, "--world", "ads")
    assert "must end in .csv or .parquet" in fails(*words, tmp_path / "i.txt", "--world", "ads")
    assert list(tmp_path.iterdir()) == []


def test_unknown_worlds_and_settings_give_the_nearest(fails, tmp_path):
    message = fails("simulate", "--world", "shopp", "--out", tmp_path / "x.csv")
    assert "unknown world 'shopp': did you mean shop? use one of video, shop" in message
    words = ["--model", "markov", "--data"]
    assert "did you mean finance?" in fails("fit", *words, "world:finanse")
    assert "unknown world setting 'fade_hour': did you mean fade_hours" in fails(
        "fit", *words, "world:ads:fade_hour=3"
    )
    assert "weekend_pull is 2: a probability is 0 to 1" in fails("fit", *words, "world:ads:weekend_pull=2")
