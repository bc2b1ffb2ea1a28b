"""The service under good and bad requests, at once and one by one, through reloads, kills and restarts."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import Request, urlopen

import pytest

from seqrec_lib.deploy import Held, ask, ask_in_turn, ask_when_due, load_served, served, started
from seqrec_lib.deploy.running import listen, server_of
from seqrec_lib.messages import InputError


@pytest.fixture(scope="module")
def ids(run):
    return [each for each in run.item_ids if each is not None]


@pytest.fixture(scope="module", params=["folder", "file"])
def url(request, folder, onnx_file):
    with served(folder if request.param == "folder" else onnx_file, most_bytes=20_000) as found:
        yield found


def get(url, path):
    with urlopen(url + path, timeout=20) as answer:
        return json.load(answer)


def post_raw(url, data, headers=None):
    link = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    link.request("POST", "/recommend", data, {"Content-Type": "application/json", **(headers or {})})
    answer = link.getresponse()
    found = answer.status, answer.read()
    link.close()
    return found


def test_a_history_gets_what_the_run_recommends(url, run, ids):
    for histories in ([ids[:4]], [ids[5:9], ids[:1], ids[2:60]]):
        status, said = ask(url, {"histories": histories, "k": 7})
        want = run.recommend(histories, 7)
        assert status == 200 and said["notes"] == []
        assert [[x["item"] for x in row] for row in said["lists"]] == [
            [x["item"] for x in row] for row in want
        ]
        assert said["lists"][0][0]["title"] and said["lists"][0][0]["rank"] == 1
    assert (
        ask(url, {"history": ids[:4]})[1]["lists"][0][:7]
        == ask(url, {"histories": [ids[:4]], "k": 7})[1]["lists"][0]
    )


def test_what_nobody_knows_is_skipped_and_told_or_refused(url, run):
    with pytest.warns(UserWarning):
        popular = run.recommend([[]], 3)[0]
    for history in ([], ["nobody's id"]):
        status, said = ask(url, {"history": history, "k": 3})
        assert status == 200 and [x["item"] for x in said["lists"][0]] == [x["item"] for x in popular]
        assert any("most popular" in note for note in said["notes"])
    status, said = ask(url, {"history": ["nobody's id"], "unknown": "error"})
    assert status == 422 and "unknown item id" in said["error"]


@pytest.mark.parametrize(
    "body, told",
    [
        ({}, "give history"),
        ({"history": [1], "histories": [[1]]}, "give history"),
        ({"history": "12"}, "history: "),
        ({"history": [True]}, "history.0"),
        ({"history": [[1]]}, "history.0"),
        ({"history": [1.5]}, "history.0"),
        ({"histories": []}, "histories"),
        ({"history": [1], "k": 0}, "k: "),
        ({"history": [1], "k": 10**6}, "choose k from 1"),
        ({"history": [1], "k": "10"}, "k: "),
        ({"history": [1], "more": 1}, "more: "),
        ({"history": [1], "unknown": "guess"}, "unknown: "),
        ([1], "valid"),
    ],
)
def test_a_body_that_says_nothing_usable_is_named(url, body, told):
    status, said = ask(url, body)
    assert status == 422 and told in said["error"]


def test_what_is_no_json_or_too_large_is_refused(url, ids):
    for data in (b"", b"{", b"\xff\xfe", b'{"history": [1'):
        status, said = post_raw(url, data)
        assert status in (400, 422) and "error" in json.loads(said)
    status, said = post_raw(url, json.dumps({"history": ids * 100}).encode())
    assert status == 413 and b"larger than 20000 bytes" in said


def test_a_body_without_a_length_is_counted_as_it_comes(url):
    link = http.client.HTTPConnection(url.removeprefix("http://"), timeout=20)
    try:
        link.request("POST", "/recommend", iter([b"[" * 1000] * 100), encode_chunked=True,
                     headers={"Transfer-Encoding": "chunked"})  # fmt: skip
        assert link.getresponse().status == 413
    except (BrokenPipeError, ConnectionResetError):
        pass  # refused before all was sent
    finally:
        link.close()
    assert get(url, "/health")["status"] == "ok"


def test_a_stranger_name_is_refused(url):
    with pytest.raises(OSError, match="400"):
        urlopen(Request(url + "/health", headers={"Host": "elsewhere.example"}), timeout=20)


def test_schema_page_and_items(url, ids):
    schema = get(url, "/openapi.json")
    assert {"/recommend", "/health", "/reload", "/items"} <= set(schema["paths"])
    assert {"200", "400", "413", "422", "503"} <= set(schema["paths"]["/recommend"]["post"]["responses"])
    assert b"What comes next?" in urlopen(url + "/", timeout=20).read()
    some = get(url, "/items?q=part")
    assert 0 < len(some) <= 20 and all("part" in each["title"].lower() for each in some)
    assert get(url, f"/items?q={ids[0]}")[0]["item"] is not None


def test_many_at_once_get_their_own_answers(url, run, ids):
    """Eight clients, good and bad bodies mixed: each gets what its own body asks for."""
    want = {n: [x["item"] for x in run.recommend([ids[n : n + 3]], 5)[0]] for n in range(24)}

    def one(n):
        if n % 4 == 3:
            return n, ask(url, {"history": ids[n : n + 3], "k": 0})
        return n, ask(url, {"history": [*ids[n : n + 3], *(["gone"] if n % 4 == 2 else [])], "k": 5})

    with ThreadPoolExecutor(8) as pool:
        for n, (status, said) in pool.map(one, range(24)):
            if n % 4 == 3:
                assert status == 422
                continue
            assert status == 200 and [x["item"] for x in said["lists"][0]] == want[n]
            assert len(said["notes"]) == (n % 4 == 2), "a note of another request"
    assert get(url, "/health")["waiting"] == 0


def test_one_too_many_is_sent_away(folder, ids):
    with served(folder, workers=1, most_waiting=0) as url:
        bodies = [{"histories": [ids[:40]] * 200}] * 8
        with ThreadPoolExecutor(8) as pool:
            statuses = [status for status, _ in pool.map(lambda body: ask(url, body), bodies)]
        assert set(statuses) == {200, 503}
        assert ask(url, bodies[0])[0] == 200, "afterwards it answers as before"


def test_reload_takes_what_is_whole_and_keeps_the_old_otherwise(folder, ids, tmp_path):
    place = tmp_path / "run"
    shutil.copytree(folder, place)
    with served(place) as url:
        first = get(url, "/health")["version"]
        assert ask(url, {}, "/reload") == (200, {"changed": False, "version": first})
        weights = place / "weights.safetensors"
        whole = weights.read_bytes()
        weights.write_bytes(whole[:100])
        status, said = ask(url, {}, "/reload")
        assert status == 409 and "the old model is kept" in said["error"] and first in said["error"]
        assert ask(url, {"history": ids[:3]})[1]["version"] == first
        changed = bytearray(whole)
        changed[-4:] = b"\x00\x00\x00\x3f"  # one weight is another number
        weights.write_bytes(bytes(changed))
        status, said = ask(url, {}, "/reload")
        assert status == 200 and said["changed"] and said["version"] != first
        shutil.rmtree(place)
        assert ask(url, {}, "/reload")[0] == 409 and ask(url, {"history": ids[:3]})[0] == 200


def test_an_answer_comes_from_one_run_while_others_are_loaded(folder, ids, tmp_path):
    place = tmp_path / "run"
    shutil.copytree(folder, place)
    weights, whole = place / "weights.safetensors", (place / "weights.safetensors").read_bytes()
    seen = {}
    with served(place) as url:
        end = threading.Event()

        def swap():
            for n in range(6):
                other = bytearray(whole)
                other[-2] = 16 * n
                weights.with_name("new").write_bytes(bytes(other))
                os.replace(weights.with_name("new"), weights)
                assert ask(url, {}, "/reload")[0] == 200
            end.set()

        thread = threading.Thread(target=swap)
        thread.start()
        while not end.is_set():
            status, said = ask(url, {"history": ids[:5]})
            assert status == 200
            scores = [x["score"] for x in said["lists"][0]]
            assert seen.setdefault(said["version"], scores) == scores, "half of one run, half of another"
        thread.join()
    assert len(seen) > 1


def test_changed_files_are_found_by_watching(folder, tmp_path):
    place = tmp_path / "run"
    shutil.copytree(folder, place)
    with served(place, watch=0.05) as url:
        first = get(url, "/health")["version"]
        weights = place / "weights.safetensors"
        whole = bytearray(weights.read_bytes())
        whole[-2] ^= 1
        weights.write_bytes(bytes(whole))
        end = time.monotonic() + 20
        while get(url, "/health")["version"] == first:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_killed_and_started_again_it_answers_the_same(folder, ids):
    answers = []
    for kill in (signal.SIGKILL, signal.SIGTERM):
        with started(folder) as (url, process):
            answers.append(ask(url, {"history": ids[:6]}))
            process.send_signal(kill)
            process.wait(timeout=30)
            assert ask(url, {"history": ids[:6]}) == (0, None)
    assert answers[0] == answers[1] and answers[0][0] == 200


def test_load_is_measured_from_when_a_request_was_due(url, ids):
    import numpy as np

    body = [{"history": ids[:5]}]
    one = ask_in_turn(url, body * 20)
    assert set(one.status) == {200} and (one.latency > 0).all() and one.per_second > 0
    late = ask_when_due(url, body, np.zeros(12), connections=1)  # all due at once, and one connection
    assert (np.diff(np.sort(late.latency)) > 0).all() and late.latency.max() > 3 * late.latency.min()
    assert one.percentile(0.5) <= one.percentile(0.95) <= one.latency.max()


def test_a_taken_port_a_missing_folder_and_a_model_that_needs_times_are_named(tmp_path, folder):
    busy = socket.socket()
    busy.bind(("127.0.0.1", 0))
    busy.listen(1)
    with pytest.raises(InputError, match="cannot listen"):
        listen("127.0.0.1", busy.getsockname()[1])
    busy.close()
    with pytest.raises(InputError, match="port is 70000"):
        listen("127.0.0.1", 70000)
    with pytest.raises(InputError, match="no run folder"):
        load_served(tmp_path / "nothing")
    with pytest.raises(InputError, match="no such file"):
        load_served(tmp_path / "nothing.onnx")


def test_without_the_extra_one_sentence_says_what_to_install(folder, monkeypatch):
    from seqrec_lib.deploy import libraries

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(libraries, "import_module", missing)
    for name in libraries.PURPOSE:
        with pytest.raises(InputError, match=r'which is not installed: pip install "seqrec_lib\[serve\]"'):
            libraries.needed(name)
    with pytest.raises(InputError, match="the service is made with fastapi"):
        server_of(Held(folder))


@pytest.mark.slow
def test_memory_stays_over_ten_thousand_requests(folder, ids):
    """Resident memory after 10,000 more requests is that after the first 2,000, to within 5%."""
    with started(folder) as (url, process):

        def resident():
            with open(f"/proc/{process.pid}/status", encoding="ascii") as file:
                return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))

        bodies = [{"history": ids[n : n + 10]} for n in range(50)]
        ask_in_turn(url, bodies * 40)
        before = resident()
        assert set(ask_in_turn(url, bodies * 200).status) == {200}
        assert resident() < 1.05 * before
