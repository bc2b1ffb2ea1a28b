"""MovieLens from a folder, a cache, or a server: one that is slow, cut off, corrupt or absent."""

import hashlib
import os
import re
import stat
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tiny_logs import layout_1m, layout_100k, write_folder, write_zip

from seqrec_lib.data import DataError, movielens
from seqrec_lib.data.getting import download
from seqrec_lib.data.getting.download import DataSet
from seqrec_lib.data.getting.fetch import fetch

ADVICE = r"get ml-100k\.zip from https://grouplens\.org.* pass folder=, or set SEQREC_DATA"


@contextmanager
def server(answer):
    """A local web server; ``answer(handler)`` writes the response. Yields its address and its requests."""
    paths = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            paths.append(self.path)
            try:
                answer(self)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True  # the client gave up, as it should

        def log_message(self, *args):
            """Keep the test's output clean."""

    site = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site.daemon_threads = True
    thread = threading.Thread(target=site.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{site.server_port}", paths
    finally:
        site.shutdown()
        site.server_close()


def send(text, length=None):
    """An answer that sends ``text`` and announces ``length`` bytes (False: none)."""

    def answer(handler):
        handler.send_response(200)
        if length is not False:
            handler.send_header("Content-Length", str(len(text) if length is None else length))
        handler.end_headers()
        handler.wfile.write(text)

    return answer


@pytest.fixture
def good(tmp_path, monkeypatch):
    """The bytes of a good zip, made the published one; the cache is a new folder, the folder is none."""
    monkeypatch.setenv("SEQREC_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("SEQREC_DATA", raising=False)
    text = write_zip(tmp_path / "good.zip", layout_100k()).read_bytes()
    published = DataSet(hashlib.md5(text, usedforsecurity=False).hexdigest(), 100_000)
    monkeypatch.setitem(download.CATALOGUE, "ml-100k", published)
    return text


def get(url, **options):
    return movielens("ml-100k", base_url=url, progress=False, **options)


def cached(tmp_path):
    folder = tmp_path / "cache"
    return sorted(entry.name for entry in folder.iterdir()) if folder.exists() else []


def test_downloaded_once_then_from_the_cache(good, tmp_path):
    with server(send(good)) as (url, paths):
        assert len(get(url)) == 48
        assert get(url).titles[1] == "Caf\xe9 1 (1995)"
    assert paths == ["/ml-100k.zip"]
    assert cached(tmp_path) == ["ml-100k.zip"]


@pytest.mark.skipif(os.name != "posix", reason="rights of files as on Unix")
@pytest.mark.parametrize("umask, rights", [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_others_may_read_a_shared_cache_as_the_umask_says(good, tmp_path, umask, rights):
    usual = os.umask(umask)
    try:
        with server(send(good)) as (url, _):
            get(url)
    finally:
        os.umask(usual)
    assert stat.S_IMODE((tmp_path / "cache" / "ml-100k.zip").stat().st_mode) == rights


def test_a_damaged_cache_is_fetched_again(good, tmp_path):
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "ml-100k.zip").write_bytes(good[:-5])
    with server(send(good)) as (url, paths):
        assert len(get(url)) == 48
    assert len(paths) == 1
    assert (tmp_path / "cache" / "ml-100k.zip").read_bytes() == good


def drip(text, pause):
    def answer(handler):
        handler.send_response(200)
        handler.end_headers()
        for byte in text:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(pause)

    return answer


def stall(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"PK")
    handler.wfile.flush()
    time.sleep(1.5)


def missing(handler):
    handler.send_error(404, "Not Found")


def hang_up(handler):
    handler.connection.close()


FAULTS = {
    "stalls": (lambda good: stall, {"timeout": 0.3}, r"nothing came for 0\.3 s"),
    "drips": (lambda good: drip(good, 0.02), {"max_seconds": 0.3}, r"too slow, \d+ bytes in 0\.3 s"),
    "cut off": (lambda good: send(good[:-100], len(good)), {}, r"cut off after [\d,]+ of [\d,]+ bytes"),
    "cut off, no length": (lambda good: send(good[:-100], False), {}, "not the published one"),
    "corrupt": (lambda good: send(good[:50] + b"x" + good[51:]), {}, r"not the published one \(MD5 "),
    "announces too much": (
        lambda good: send(good, 10**9),
        {},
        "1,000,000,000 bytes announced, the limit is 100,000",
    ),
    "sends too much": (lambda good: send(bytes(200_000), False), {}, "more than 100,000 bytes came"),
    "answers 404": (lambda good: missing, {}, "the server answers 404 Not Found"),
    "hangs up": (lambda good: hang_up, {}, "cannot be reached"),
}


@pytest.mark.parametrize("case", FAULTS, ids=[name.replace(" ", "-") for name in FAULTS])
def test_a_bad_server_leaves_nothing_and_says_what_to_do(good, tmp_path, case):
    answer, options, message = FAULTS[case]
    with server(answer(good)) as (url, _), pytest.raises(DataError, match=message) as caught:
        get(url, **options)
    assert f"{url}/ml-100k.zip" in str(caught.value)
    assert re.search(ADVICE, str(caught.value))
    assert cached(tmp_path) == []


def test_offline_it_says_what_to_do(good, tmp_path):
    with server(send(good)) as (url, _):
        pass  # the server is gone now
    with pytest.raises(DataError, match=f"cannot be reached .*: {ADVICE}"):
        get(url)
    assert cached(tmp_path) == []


def test_a_failed_download_keeps_what_was_there(tmp_path):
    target = tmp_path / "a.zip"
    target.write_bytes(b"old")
    with server(send(b"new")) as (url, _), pytest.raises(DataError, match="not the published one"):
        fetch(f"{url}/a.zip", target, md5="0" * 32, limit=100, advice="wait", progress=False)
    assert target.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.parametrize("by", ["argument", "variable"])
@pytest.mark.parametrize("form", ["zip", "folder", "inside"])
def test_the_readers_own_folder_comes_first(good, tmp_path, monkeypatch, by, form):
    mine = tmp_path / "mine"
    mine.mkdir()
    if form == "zip":
        write_zip(mine / "ml-1m.zip", layout_1m())
    else:
        write_folder(mine, layout_1m())
        mine = mine / "ml-1m" if form == "inside" else mine
    if by == "variable":
        monkeypatch.setenv("SEQREC_DATA", str(mine))
    log = movielens("ml-1m", folder=mine if by == "argument" else None, base_url="http://127.0.0.1:9")
    assert log.describe() == {"users": 8, "items": 6, "interactions": 48, "name": "ml-1m"}
    told = "this zip's checksum is not GroupLens's" in str(log.report)
    assert told is (form == "zip")
    assert cached(tmp_path) == []


def test_a_folder_without_movielens_goes_on_to_the_net(good, tmp_path):
    (tmp_path / "mine").mkdir()
    with server(send(good)) as (url, paths):
        assert len(get(url, folder=tmp_path / "mine")) == 48
    assert len(paths) == 1


def test_a_folder_that_is_not_there(good, tmp_path, monkeypatch):
    with pytest.raises(DataError, match="folder names a folder that does not exist"):
        get("http://127.0.0.1:9", folder=tmp_path / "nowhere")
    monkeypatch.setenv("SEQREC_DATA", str(tmp_path / "nowhere"))
    with pytest.raises(DataError, match="SEQREC_DATA names a folder that does not exist"):
        get("http://127.0.0.1:9")
