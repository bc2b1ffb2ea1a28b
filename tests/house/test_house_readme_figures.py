"""The figures in the README are those of the committed results."""

import re

import pytest
from habits import ROOT

from seqrec_lib.results import load_results
from seqrec_lib.results.published import beside_published

README = (ROOT / "README.md").read_text(encoding="utf-8")


def table_after(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    part = README.split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def shown(value: float) -> str:
    return f"{value:.3f}".removeprefix("0")


def test_movielens_figures_are_the_stored_ones():
    frame = beside_published(load_results("ml1m"))
    stored = {row.iloc[0]: row for _, row in frame.iterrows()}
    rows = table_after("What it reaches")
    assert {label for label, *_ in rows} == {label for label in stored if "ten minutes" not in label}
    for label, figure, theirs, seeds in rows:
        row = stored[label]
        assert figure == shown(row["NDCG@10"]) and seeds == str(row["seeds"])
        assert theirs == ("" if row["published"] != row["published"] else shown(row["published"]))


def sentence(start: str) -> str:
    (found,) = re.findall(rf"{start}[^\n]*(?:\n[^\n]+)*", README)
    return " ".join(found.split())


def test_what_falls_short_is_said_with_its_interval():
    frame = beside_published(load_results("ml1m"))
    short = frame[frame["NDCG@10"] < frame["published"] - 0.003]
    said = sentence("SASRec with 3,000 negatives falls short")
    for _, row in short.iterrows():
        assert row.iloc[0] == "SASRec, 3,000 negatives"
        assert row["low"] < row["published"] < row["high"] and "holds the published figure" in said
        assert all(f"{row[end]:.4f}".removeprefix("0") in said for end in ("low", "high"))
    assert len(short) == 1


def test_speed_is_the_stored_one():
    rows = {row["contestant"]: row for row in load_results("speed").rows}
    said = sentence("On two CPU cores")
    for name in ("ours, L 200", "ours, L 50"):
        assert f"{rows[name]['times']['median']:.1f} times" in said
    assert f"{rows['ours, L 200']['median']:,.0f} targets" in said


def test_the_world_is_the_stored_one():
    rows = load_results("worlds").where(world="video")
    said = sentence("In the world")
    (about,) = rows.where(kind="world").rows
    model = rows.where(kind="model", model="lstm-attention")
    for value in (about["ceiling"]["NDCG@10"], about["floors"]["markov"]["NDCG@10"], model.mean()):
        assert shown(value) in said


@pytest.mark.parametrize("wrong", ["| GRU4Rec, CE | .999 |"])
def test_a_wrong_figure_is_noticed(wrong, monkeypatch):
    import test_house_readme_figures as here

    spoiled = re.sub(r"\| GRU4Rec, CE \| [^|]* \|", wrong, README)
    assert spoiled != README
    monkeypatch.setattr(here, "README", spoiled)
    with pytest.raises(AssertionError):
        here.test_movielens_figures_are_the_stored_ones()
