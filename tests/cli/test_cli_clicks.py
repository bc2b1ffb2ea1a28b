"""``fit`` and ``evaluate`` on clicks: of a world, and of a reader's own files."""

import json

import pandas as pd
import pytest

from seqrec_lib.cli import main

TINY = ["--epochs", "1", "--dim", "8", "--device", "cpu", "--quiet"]
METRICS = {"AUC", "grouped AUC", "log-loss"}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A log and its impressions, as a reader has them."""
    home = tmp_path_factory.mktemp("own")
    words = ["simulate", "--world", "ads", "--users", "150", "--seed", "4", "--out", str(home / "log.csv")]
    assert main([*words, "--impressions", str(home / "shown.csv")]) == 0
    return home


def test_a_world_is_fitted_measured_and_measured_again(call, tmp_path):
    words = ["--data", "world:ads:users=150", "--model", "fm", *TINY, "--out", tmp_path / "run"]
    assert call("fit", *words, "--json", tmp_path / "fit.json").code == 0
    made = json.loads((tmp_path / "fit.json").read_text())
    assert made["protocol"] == "clicks-new-users"
    for part in ("test", "validation", "ceiling"):
        assert set(made[part]) >= METRICS
    assert {"base-rate", "popularity"} <= set(made["floors"])
    assert made["ceiling"]["log-loss"] < made["floors"]["base-rate"]["log-loss"]
    again = ["--run", tmp_path / "run", "--data", "world:ads:users=150", "--json", tmp_path / "again.json"]
    assert call("evaluate", *again).code == 0
    assert json.loads((tmp_path / "again.json").read_text())["test"] == pytest.approx(made["test"])


def test_files_of_ones_own(call, own, tmp_path):
    words = ["--data", own / "log.csv", "--impressions", own / "shown.csv", "--model", "din", *TINY]
    assert call("fit", *words, "--out", tmp_path / "run", "--json", tmp_path / "fit.json").code == 0
    made = json.loads((tmp_path / "fit.json").read_text())
    assert set(made["test"]) >= METRICS and "ceiling" not in made
    again = ["--run", tmp_path / "run", "--data", own / "log.csv", "--json", tmp_path / "again.json"]
    assert call("evaluate", *again, "--impressions", own / "shown.csv").code == 0
    assert json.loads((tmp_path / "again.json").read_text())["test"] == pytest.approx(made["test"])


def test_a_model_of_the_next_item_takes_no_impressions(fails, own):
    words = ["--data", own / "log.csv", "--impressions", own / "shown.csv", "--model", "sasrec", *TINY]
    assert "sasrec" in fails("fit", *words)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda shown: shown.drop(columns="click"), "click"),
        (lambda shown: shown.assign(click=shown.click.where(shown.index != 3, 2)), "row 4"),
        (lambda shown: shown.assign(position=1), "position"),
        (lambda shown: shown.assign(user="nobody"), "user"),
        (lambda shown: shown[:0], "no rows"),
    ],
)
def test_impressions_that_cannot_be_read(fails, own, tmp_path, spoil, told):
    spoil(pd.read_csv(own / "shown.csv")).to_csv(tmp_path / "bad.csv", index=False)
    words = ["--data", own / "log.csv", "--impressions", tmp_path / "bad.csv", "--model", "fm", *TINY]
    assert told in fails("fit", *words)


def test_a_run_of_clicks_wants_the_impressions_again(fails, call, own, tmp_path):
    words = ["--data", own / "log.csv", "--impressions", own / "shown.csv", "--model", "fm", *TINY]
    assert call("fit", *words, "--out", tmp_path / "run").code == 0
    assert "impressions" in fails("evaluate", "--run", tmp_path / "run", "--data", own / "log.csv")


def test_dates_and_names_of_ones_own_change_nothing(call, own, tmp_path):
    """The same rows with other column names and dates in place of seconds give the same figures."""
    names = {"user": "who", "item": "what", "time": "when"}
    for file in ("log", "shown"):
        table = pd.read_csv(own / f"{file}.csv")
        table["time"] = pd.to_datetime(table["time"], unit="s").dt.strftime("%Y-%m-%dT%H:%M:%S.%f")
        table.rename(columns=names).to_csv(tmp_path / f"{file}.csv", index=False)
    found = []
    for home, words in ((own, []), (tmp_path, [w for k, v in names.items() for w in (f"--{k}", v)])):
        words = [
            *words,
            "--data",
            home / "log.csv",
            "--impressions",
            home / "shown.csv",
            "--model",
            "fm",
            *TINY,
        ]
        assert call("fit", *words, "--json", tmp_path / "out.json").code == 0
        found.append(json.loads((tmp_path / "out.json").read_text())["test"])
    assert found[0] == pytest.approx(found[1])
