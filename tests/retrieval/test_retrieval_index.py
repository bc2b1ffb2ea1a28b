"""Indices: each kind against a loop, on disk, with bad input, and without the libraries."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

from seqrec_lib.messages import InputError
from seqrec_lib.retrieval import KINDS, METRICS, build_index, load_index, open_index, recall_at_k, save_index

V, D = 60, 5
SURE = {"ivf": {"lists": 4, "probes": 4}, "hnsw": {"width": 60}, "usearch": {"width": 60}}


@pytest.fixture
def matrix():
    """60 items of very different lengths; padding holds what would win every search."""
    chance = torch.Generator().manual_seed(3)
    rows = torch.randn(V + 1, D, generator=chance) * (0.2 + torch.rand(V + 1, 1, generator=chance))
    rows[0] = 100.0
    return rows


@pytest.fixture
def queries():
    return torch.randn(7, D, generator=torch.Generator().manual_seed(4)) - 0.3


def by_hand(matrix, query, metric):
    """Scores of the items 1 to V, in plain NumPy."""
    rows, q = matrix[1:].double().numpy(), query.double().numpy()
    if metric == "dot":
        return rows @ q
    if metric == "l2":
        return -((rows - q) ** 2).sum(1)
    return rows @ q / np.linalg.norm(rows, axis=1) / np.linalg.norm(q)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_best_items_come_first_with_their_scores(matrix, queries, kind, metric):
    found = build_index(matrix, kind, metric, **SURE.get(kind, {})).search(queries, 4)
    assert found.items.dtype == torch.int64 and found.items.shape == found.scores.shape == (7, 4)
    for query, items, scores in zip(queries, found.items, found.scores, strict=True):
        wanted = by_hand(matrix, query, metric)
        best = np.argsort(-wanted)[:4]
        assert items.tolist() == (best + 1).tolist()
        assert scores.tolist() == pytest.approx(wanted[best].tolist(), abs=1e-4)


def test_the_three_metrics_disagree_on_these_items(matrix, queries):
    """Else the test above could not tell them apart."""
    tops = [build_index(matrix, "exact", metric).search(queries, 4).items for metric in METRICS]
    assert all(not torch.equal(one, other) for one, other in zip(tops, tops[1:], strict=False))


def test_blocks_change_nothing(matrix, queries, monkeypatch):
    whole = build_index(matrix).search(queries, 3)
    monkeypatch.setattr("seqrec_lib.retrieval.index.SCORES_AT_ONCE", 2 * V)
    parts = build_index(matrix).search(queries, 3)
    assert torch.equal(whole.items, parts.items)
    torch.testing.assert_close(whole.scores, parts.scores)
    assert build_index(matrix).search(queries[:0], 3).items.shape == (0, 3)


@pytest.mark.parametrize("kind", KINDS)
def test_an_index_comes_back_from_disk(tmp_path, matrix, queries, kind):
    index = build_index(matrix, kind, "cosine", **SURE.get(kind, {}))
    save_index(index, tmp_path / "a" / "index")
    loaded = load_index(tmp_path / "a" / "index")
    for name in ("kind", "metric", "n_items", "dim", "fingerprint"):
        assert getattr(loaded, name) == getattr(index, name)
    old, new = index.search(queries, 3), loaded.search(queries, 3)
    assert torch.equal(old.items, new.items)
    torch.testing.assert_close(old.scores, new.scores)
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["index"]  # no temporary folder is left


def test_an_index_of_other_vectors_is_built_again(tmp_path, matrix, queries):
    folder = tmp_path / "index"
    first = open_index(folder, matrix, "exact")
    written = (folder / "index.json").stat().st_mtime_ns
    assert open_index(folder, matrix, "exact").fingerprint == first.fingerprint
    assert (folder / "index.json").stat().st_mtime_ns == written  # nothing was built
    second = open_index(folder, -matrix, "exact")
    assert second.fingerprint != first.fingerprint
    assert load_index(folder).search(queries, 1).items.tolist() == second.search(queries, 1).items.tolist()


def test_a_folder_that_is_no_index_is_neither_read_nor_overwritten(tmp_path, matrix):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something that is no index"):
        save_index(build_index(matrix), tmp_path)
    assert (tmp_path / "thesis.txt").read_text() == "mine"
    with pytest.raises(InputError, match="no index is there"):
        load_index(tmp_path)
    save_index(build_index(matrix), tmp_path / "index")
    about = json.loads((tmp_path / "index" / "index.json").read_text())
    (tmp_path / "index" / "index.json").write_text(json.dumps({**about, "format": 9}))
    with pytest.raises(InputError, match="its format is 9"):
        load_index(tmp_path / "index")
    (tmp_path / "index" / "index.json").write_text(json.dumps({**about, "n_items": 61}))
    with pytest.raises(InputError, match="damaged"):
        load_index(tmp_path / "index")


@pytest.mark.parametrize("kind", ["flat", "usearch"])
def test_a_damaged_library_file_is_an_error_of_one_sentence(tmp_path, matrix, kind):
    save_index(build_index(matrix, kind), tmp_path / "index")
    file = next(path for path in (tmp_path / "index").iterdir() if path.suffix != ".json")
    file.write_bytes(b"rubbish")
    with pytest.raises(InputError, match="cannot be read|damaged"):
        load_index(tmp_path / "index")


@pytest.mark.parametrize(
    "spoil, said",
    [
        (lambda m, q: build_index(m, "hnws"), "unknown index 'hnws'.*hnsw"),
        (lambda m, q: build_index(m, "exact", "cosin"), "unknown metric 'cosin'.*cosine"),
        (lambda m, q: build_index(m, "hnsw", probes=3), "unknown option of hnsw 'probes'"),
        (lambda m, q: build_index(m, "exact", probes=3), "unknown option of exact"),
        (lambda m, q: build_index(m[:1]), r"\(V\+1, D\)"),
        (lambda m, q: build_index(m * torch.nan), "not finite"),
        (lambda m, q: build_index(m).search(q[:, :3], 2), r"must be \(B, 5\)"),
        (lambda m, q: build_index(m).search(q, 61), "k is 61.*60 items"),
        (lambda m, q: build_index(m).search(q, 0), "k is 0"),
        (lambda m, q: build_index(m).search(q / 0, 2), "a query holds a number that is not finite"),
        (lambda m, q: build_index(m, "flat").set_effort(3), "no effort"),
    ],
)
def test_what_cannot_be_searched_is_said(matrix, queries, spoil, said):
    with pytest.raises(InputError, match=said):
        spoil(matrix, queries)


def test_effort_decides_how_much_is_found():
    chance = torch.Generator().manual_seed(0)
    matrix, queries = torch.randn(3001, 16, generator=chance), torch.randn(50, 16, generator=chance)
    exact = build_index(matrix).search(queries, 10).items
    for kind, low, high in (("ivf", 1, 50), ("hnsw", 10, 400), ("usearch", 10, 400)):
        index = build_index(matrix, kind)
        found = []
        for effort in (low, high):
            index.set_effort(effort)
            found.append(float(recall_at_k(index.search(queries, 10).items, exact).mean()))
        assert found[0] < found[1] - 0.03 and found[1] > 0.97, (kind, found)


def test_hnsw_and_usearch_return_k_items_where_k_is_wider_than_the_walk(matrix, queries):
    for kind in ("hnsw", "usearch"):
        found = build_index(matrix, kind, width=4).search(queries, 30)
        assert len(found.short) == 0


HIDE = """
import builtins, sys
real = builtins.__import__
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in ('faiss', 'usearch'):
            raise ModuleNotFoundError('No module named ' + repr(name), name=name)
sys.meta_path.insert(0, Hidden())
import torch, seqrec_lib, seqrec_lib.cli
from seqrec_lib.retrieval import build_index
matrix = torch.eye(4)
print(build_index(matrix).search(matrix[2:3], 1).items.tolist())
for kind in ('flat', 'ivf', 'hnsw', 'usearch'):
    try:
        build_index(matrix, kind)
    except ValueError as error:
        print(error)
"""


def test_without_the_libraries_exact_search_works_and_the_rest_says_what_to_install():
    done = subprocess.run([sys.executable, "-c", HIDE], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    assert first == "[[2]]" and len(rest) == 4
    assert all("needs faiss, which is not installed: pip install faiss-cpu" in line for line in rest[:3])
    assert "needs usearch" in rest[3] and all("'exact' works without it" in line for line in rest)
