"""Runs replies as tasks of this process: they outlive the request that asked for them and whoever listens.

A job holds no database connection while it streams. Once a second one transaction keeps what all running
replies have said so far; a process that dies leaves at most that second unsaved, and the sweeper closes it.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
from contextlib import aclosing, suppress
from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.db import DatabaseError

from chat import database, pipeline, services
from chat.exceptions import ParkIsFull
from chat.reply_log import LogFull, reply_log
from chat.turn import Event, MemoryRecalled, MoodChanged, Refused, Replaced, Token, Turn
from companion_site.core.requestid import request_id

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Job:
    turn: Turn
    task: asyncio.Task[None]


_jobs: dict[str, _Job] = {}
_keeper: asyncio.Task[None] | None = None
_slots: dict[asyncio.AbstractEventLoop, asyncio.Semaphore] = {}


def admit() -> None:
    """Refuse a new turn before anything is stored when this process has as many as it can serve well."""
    if len(_jobs) >= settings.CHAT_MAX_REPLIES * 2:
        raise ParkIsFull(retry_after_seconds=5)


def is_eager() -> bool:
    """Whether replies are written before the request is answered."""
    return bool(settings.CHAT_REPLY_EAGER)


def running() -> int:
    """Return how many replies this process is writing or has waiting."""
    return len(_jobs)


async def start(turn: Turn) -> None:
    """Begin to write the reply of `turn`; returns at once, or after the reply where `CHAT_REPLY_EAGER` is set."""
    log = reply_log()
    await log.open(turn.public_id, turn.attempt)
    await log.append(turn.public_id, "start", {"text": turn.so_far})
    if is_eager():
        await _write(turn)
        return
    # A fresh context: the request's thread-sensitive context ends with the request, the job does not.
    context = contextvars.Context()
    context.run(request_id.set, request_id.get())
    task = asyncio.get_running_loop().create_task(_guarded(turn), context=context)
    _jobs[turn.public_id] = _Job(turn, task)
    task.add_done_callback(partial(_forget, turn.public_id))
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
    await asyncio.wait({job.task}, timeout=5)
    return True


async def drain(*, seconds: float) -> None:
    """Let running replies end, then interrupt the rest; for a shutdown."""
    tasks = [job.task for job in _jobs.values()]
    if not tasks:
        return
    _, late = await asyncio.wait(tasks, timeout=seconds)
    for task in late:
        task.cancel()
    if late:
        await asyncio.wait(late, timeout=5)


def _forget(public_id: str, task: asyncio.Task[None]) -> None:
    if public_id in _jobs and _jobs[public_id].task is task:
        del _jobs[public_id]
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("reply %s broke", public_id, exc_info=error)


async def _guarded(turn: Turn) -> None:
    slot = _slot()
    try:
        if slot.locked():
            waiting = len(_jobs) - settings.CHAT_MAX_REPLIES
            await reply_log().append(turn.public_id, "queued", {"position": max(1, waiting)})
        async with slot:
            await _write(turn)
    except asyncio.CancelledError:
        if not turn.timings:  # still in the queue: the pipeline never saw this turn
            await asyncio.shield(database.run(services.close_turn, turn))
            await asyncio.shield(_finish(turn))
        logger.info("reply %s was ended early", turn.public_id)


def _slot() -> asyncio.Semaphore:
    loop = asyncio.get_running_loop()
    if loop not in _slots:
        _slots[loop] = asyncio.Semaphore(settings.CHAT_MAX_REPLIES)
    return _slots[loop]


async def _write(turn: Turn) -> None:
    """Run the pipeline and put each event into the log; the log is closed whatever happens."""
    log = reply_log()
    try:
        async with aclosing(pipeline.run(turn)) as events:
            async for event in events:
                name, data = _as_data(event)
                await log.append(turn.public_id, name, data)
    except LogFull:
        logger.warning("reply %s filled its log", turn.public_id)
    finally:
        await asyncio.shield(_finish(turn))


async def _finish(turn: Turn) -> None:
    log = reply_log()
    with suppress(LogFull):
        await log.append(turn.public_id, "done", {"status": turn.ending or "interrupted", "text": turn.text})
    await log.close(turn.public_id)


def _as_data(event: Event) -> tuple[str, dict[str, object]]:
    match event:
        case Token(text):
            return "delta", {"t": text}
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
    """Once a second, keep what is new of every running reply; end the jobs whose turn somebody else has ended."""
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
