"""Runs replies as tasks of this process: they outlive the request that asked for them and whoever listens.

A job holds no database connection while it streams. Once a second one transaction keeps what all running
replies have said so far; a process that dies leaves at most that second unsaved, and the sweeper closes it.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import DatabaseError

from chat import database, pipeline, services
from chat.exceptions import ParkIsFull
from chat.gate import Place, gate
from chat.notes import refused
from chat.reply_log import LogFull, reply_log
from chat.turn import Event, MemoryRecalled, MoodChanged, Refused, Replaced, Token, Turn
from companion_site.core.requestid import request_id

logger = logging.getLogger(__name__)

# A reply has ended by then, or it never will: time-outs of the model lie far below.
MAX_SECONDS = 600.0
_CLOSING_SECONDS = 5.0


@dataclass(slots=True)
class _Job:
    turn: Turn
    task: asyncio.Task[None]


_jobs: dict[str, _Job] = {}
_keeper: asyncio.Task[None] | None = None


def admit(fan_id: int = 0) -> Place:
    """Refuse a new turn before anything is stored, or keep a place for it while it is accepted and started.

    Use it as `with jobs.admit(fan.pk):`. Raises `ParkIsFull` when not even the queue has room or the server is
    about to stop, and `TooManyRequests` when this fan has as many turns here as one may have.
    """
    return Place(fan_id)


def is_eager() -> bool:
    """Whether replies are written before the request is answered."""
    return bool(settings.CHAT_REPLY_EAGER)


def running() -> int:
    """Return how many replies this process is writing or has waiting."""
    return len(_jobs)


async def start(turn: Turn) -> None:
    """Begin to write the reply of `turn`; returns at once, or after the reply where `CHAT_REPLY_EAGER` is set."""
    log = reply_log()
    log.open(turn.public_id, turn.attempt)
    log.append(turn.public_id, "start", {"text": turn.so_far})
    if is_eager():
        await _write(turn)
        return
    # A fresh context: the request's thread-sensitive context ends with the request, the job does not.
    context = contextvars.Context()
    context.run(request_id.set, request_id.get())
    gate.join(_place(turn), turn.fan_id)
    task = asyncio.get_running_loop().create_task(_guarded(turn), context=context)
    _jobs[turn.public_id] = _Job(turn, task)
    task.add_done_callback(partial(_forget, turn))
    _keep()


def stop(public_id: str) -> bool:
    """Cancel the reply if this process writes it; what was said is stored by its own closing."""
    job = _jobs.get(public_id)
    if job is None:
        return False
    job.turn.end("stopped")
    job.task.cancel()
    return True


async def stop_and_wait(public_id: str) -> bool:
    """Stop as `stop` does, and return when the reply is stored."""
    job = _jobs.get(public_id)
    if job is None or not stop(public_id):
        return False
    await asyncio.wait({job.task}, timeout=_CLOSING_SECONDS)
    return True


async def drain(*, seconds: float) -> None:
    """Take no new turns, let running replies end, then interrupt the rest and keep their words; for a shutdown."""
    gate.close()
    until = time.monotonic() + seconds
    # Those on their way in when the gate closed come on top.
    while _jobs and (left := until - time.monotonic()) > 0:
        await asyncio.wait([job.task for job in _jobs.values()], timeout=left)
        await asyncio.sleep(0)
    late = [job.task for job in _jobs.values()]
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=_CLOSING_SECONDS)


def _place(turn: Turn) -> str:
    """Return a turn's name in the line: a reply that is continued must not be taken for the attempt before it."""
    return f"{turn.public_id}/{turn.attempt}"


def _forget(turn: Turn, task: asyncio.Task[None]) -> None:
    public_id = turn.public_id
    gate.leave(_place(turn))
    if public_id in _jobs and _jobs[public_id].task is task:
        del _jobs[public_id]
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("reply %s broke", public_id, exc_info=error)


async def _guarded(turn: Turn) -> None:
    key = turn.public_id
    has_begun = False
    try:
        await gate.enter(_place(turn), partial(_tell_place, key))
        has_begun = True
        async with asyncio.timeout(MAX_SECONDS):
            await _write(turn)
    except ParkIsFull as error:
        reply_log().append(key, "problem", dict(refused(turn, error).problem))
        turn.end("failed", error.code)
    except asyncio.CancelledError:
        logger.info("reply %s was ended early", key)
    except TimeoutError:
        logger.warning("reply %s took longer than a reply may", key)
    finally:
        gate.leave(_place(turn))
        if not has_begun:  # the pipeline never saw this turn
            await asyncio.shield(database.run(services.close_turn, turn))
            _finish(turn)


def _tell_place(key: str, place: int) -> None:
    with suppress(LogFull):
        reply_log().append(key, "queued", {"position": place})


async def _write(turn: Turn) -> None:
    """Run the pipeline and put each event into the log; the log is closed whatever happens."""
    log = reply_log()
    began = time.monotonic()
    frames = 0
    try:
        async with aclosing(pipeline.run(turn)) as events:
            async for event in events:
                if type(event) is Token:
                    if not frames:
                        gate.began(_model_seconds(turn, began))
                    frames += 1
                    gate.said(1)
                name, data = _as_data(event)
                log.append(turn.public_id, name, data)
    except LogFull:
        logger.warning("reply %s filled its log", turn.public_id)
    finally:
        gate.said(max(0, turn.usage.completion_tokens - frames))
        _finish(turn)


def _model_seconds(turn: Turn, began: float) -> float:
    """Return how long the first word took: the model's own time where it is known, else since the turn was let in."""
    known = turn.timings.get("model_first_token")
    return known / 1000 if known is not None else time.monotonic() - began


def _finish(turn: Turn) -> None:
    job = _jobs.get(turn.public_id)
    if job is not None and job.turn is not turn:
        return  # stored, and already being continued: the log is the next attempt's
    log = reply_log()
    with suppress(LogFull):
        log.append(turn.public_id, "done", {"status": turn.ending or "interrupted", "text": turn.text})
    log.close(turn.public_id)


def _as_data(event: Event) -> tuple[str, dict[str, object]]:
    match event:
        case Token(text, at_once):
            # `now`: the character reaches out before it has read; no pace holds these words back.
            return "delta", {"t": text, "now": True} if at_once else {"t": text}
        case Replaced(text):
            return "replaced", {"text": text}
        case MoodChanged(emotion, score, expression):
            return "mood", {"emotion": emotion, "score": score, "expression": expression}
        case MemoryRecalled(hint):
            return "memory", {"hint": hint}
        case Refused(problem):
            return "problem", dict(problem)


def _keep() -> None:
    global _keeper
    if _keeper is None or _keeper.done() or _keeper.get_loop() is not asyncio.get_running_loop():
        _keeper = asyncio.get_running_loop().create_task(_checkpoints(), context=contextvars.Context())


async def _checkpoints() -> None:
    """Once a second, keep what is new of every running reply; end the jobs whose turn somebody else has ended.

    Turns that still wait in the queue are kept as well: their heartbeat tells the sweeper that they live.
    """
    while _jobs:
        await asyncio.sleep(settings.CHAT_CHECKPOINT_SECONDS)
        texts = {job.turn.reply_id: job.turn.text for job in _jobs.values()}
        if not texts:
            return
        try:
            ended = await database.run(services.checkpoint_replies, texts)
        except DatabaseError as error:
            # The next second tries again; meanwhile the fans read on.
            logger.warning("checkpoint failed: %s", error)
            continue
        for public_id, job in list(_jobs.items()):
            if job.turn.reply_id in ended:
                stop(public_id)
