"""The service: what a recommender says over HTTP. FastAPI is imported with this module, which needs it.

A pool of ``workers`` threads asks the model; who comes while all are busy waits, and who would be one too
many is sent away at once, because an answer that comes too late costs as much as one in time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, model_validator
from starlette.middleware.trustedhost import TrustedHostMiddleware

from .. import __version__
from ..messages import InputError, message
from .bounded import Bounded
from .held import Held

Id = StrictInt | StrictStr
MOST_HISTORIES, MOST_ITEMS, MOST_FOUND = 256, 10_000, 20
PAGE = Path(__file__).with_name("page.html")


class Asked(BaseModel):
    """One history, or several; the log's own ids, oldest first."""

    model_config = ConfigDict(extra="forbid")
    history: list[Id] | None = Field(None, max_length=MOST_ITEMS, description="one history")
    histories: list[list[Id]] | None = Field(None, min_length=1, max_length=MOST_HISTORIES)
    k: StrictInt | None = Field(None, ge=1, description="how many items; default: 10")
    unknown: Literal["skip", "error"] = Field("skip", description="what to do with ids nobody knows")

    @model_validator(mode="after")
    def _one_of_both(self) -> Asked:
        if (self.history is None) == (self.histories is None):
            raise ValueError("give history, a list of ids, or histories, a list of such lists")
        if any(len(each) > MOST_ITEMS for each in self.histories or []):
            raise ValueError(f"a history has more than {MOST_ITEMS} ids")
        return self


class Item(BaseModel):
    rank: int
    item: Id
    title: str
    score: float


class Answer(BaseModel):
    """``lists``: one a history, best first. ``notes``: what was decided on the caller's behalf."""

    lists: list[list[Item]]
    notes: list[str]
    version: str


class Health(BaseModel):
    status: str
    model: str
    runtime: str
    version: str
    items: int
    answered: int
    waiting: int


class Reloaded(BaseModel):
    changed: bool
    version: str


class Fault(BaseModel):
    error: str


def make_app(
    held: Held, hosts: list[str], workers: int = 1, most_waiting: int = 64, most_bytes: int = 2**20,
    watch: float | None = None,
) -> FastAPI:  # fmt: skip
    """The service of ``held``.

    Args:
        hosts: names by which it may be asked; ``*`` for any. workers: questions at once. most_waiting: beside
            them; one more gets 503. most_bytes: of a body; more gets 413. watch: seconds between two looks
            at the files; None: they are read again when ``/reload`` asks.
    """
    pool = ThreadPoolExecutor(workers, thread_name_prefix="model")
    count = {"answered": 0, "waiting": 0}

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        watching = None if watch is None else asyncio.create_task(_watch(held, watch))
        yield
        if watching is not None:
            watching.cancel()
        pool.shutdown(wait=True, cancel_futures=True)

    app = FastAPI(
        title="seqrec_lib", version=__version__, lifespan=life, docs_url=None, redoc_url=None,
        description=message("What should come after a history?"),
    )  # fmt: skip
    app.add_middleware(Bounded, most=most_bytes)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)
    faults: dict[int | str, dict[str, Any]] = {code: {"model": Fault} for code in (400, 413, 422, 503)}

    @app.exception_handler(RequestValidationError)
    async def _unreadable(_: Request, error: RequestValidationError) -> JSONResponse:
        return _fault(*_first_fault(error))

    @app.post("/recommend", response_model=Answer, responses=faults)
    async def recommend(asked: Asked) -> Any:
        """What should come next. Unknown ids are skipped with a note; an empty history gets popular items."""
        if count["waiting"] >= workers + most_waiting:
            return _fault(
                503, message("too many requests are waiting: try again later"), {"Retry-After": "1"}
            )
        histories: list[list[Id]] = [asked.history] if asked.history is not None else asked.histories or []
        now = held.now  # one run for the whole answer, whatever is loaded meanwhile
        count["waiting"] += 1
        try:
            lists, notes = await asyncio.get_running_loop().run_in_executor(
                pool, now.recommend, histories, asked.k, asked.unknown
            )
        except InputError as error:
            return _fault(422, str(error))
        finally:
            count["waiting"] -= 1
        count["answered"] += 1
        return {"lists": lists, "notes": notes, "version": now.version}

    @app.get("/health", response_model=Health)
    async def health() -> Any:
        """Whether it answers, with what, and how many questions there were."""
        now = held.now
        return {
            "status": "ok", "model": now.run.name, "runtime": now.runtime, "version": now.version,
            "items": now.run.model.n_items, **count,
        }  # fmt: skip

    @app.post("/reload", response_model=Reloaded, responses={409: {"model": Fault}})
    async def reload() -> Any:
        """Read the files again. A broken one changes nothing: 409 says what is wrong with it."""
        try:
            changed = await asyncio.to_thread(held.reload)
        except InputError as error:
            return _fault(409, str(error))
        return {"changed": changed, "version": held.now.version}

    @app.get("/items")
    async def items(q: str = "") -> list[dict[str, Any]]:
        """The first items whose title or id holds ``q``: for a search box."""
        run = held.now.run
        titles = run.titles or [""] * len(run.item_ids)
        pairs = [(item, titles[n] or "") for n, item in enumerate(run.item_ids) if n]
        word = q.strip().lower()
        some = [pair for pair in pairs if word in pair[1].lower() or word == str(pair[0]).lower()]
        return [{"item": item, "title": title} for item, title in some[:MOST_FOUND]]

    @app.get("/", include_in_schema=False)
    async def page() -> HTMLResponse:
        return HTMLResponse(PAGE.read_text(encoding="utf-8"))

    return app


async def _watch(held: Held, seconds: float) -> None:
    refused = ""
    while True:
        await asyncio.sleep(seconds)
        try:
            await asyncio.to_thread(held.reload)
        except InputError as error:
            if str(error) != refused:
                refused = str(error)
                print(f"  note     {refused}", flush=True)


def _fault(code: int, text: str, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"error": text}, code, headers)


def _first_fault(error: RequestValidationError) -> tuple[int, str]:
    """``(status, sentence)`` of what is wrong first, and where. The body itself is not repeated."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return 400, message("the body is not JSON")
    where = ".".join(str(part) for part in first["loc"] if part not in ("body", "int", "str"))
    text = str(first["msg"]).removeprefix("Value error, ")
    return 422, f"{where}: {text}" if where else text
