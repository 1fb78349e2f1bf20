"""Runs llama.cpp's own OpenAI-compatible server in this process, for this machine only."""

from __future__ import annotations

import importlib
import logging
import os
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from companion_site.providers.embedded.catalogue import openmp_files

logger = logging.getLogger(__name__)

SLOTS = 4
# The context of all slots together; a prompt has a budget of 3,500 tokens, a reply of 500.
CONTEXT_TOKENS = SLOTS * 4096
# Prefixes of chats that lost their slot wait in memory: 12 KiB a token, some 20 chats.
PREFIX_CACHE_MIB = 256
# Smaller batches let running replies go on while a long new prompt is read.
BATCH_TOKENS = 256
PARENT_POLL_SECONDS = 1.0


class RuntimeMissing(Exception):
    """The native runtime cannot be loaded on this machine; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Address:
    host: str
    port: int


def threads() -> tuple[int, int]:
    """Return how many threads write tokens and how many read prompts, at most eight.

    Writing leaves one core free: its threads meet at some 300 barriers a token, and one that has
    to wait for a core holds up all. Reading has few barriers, so it takes every core.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(8, cores - 1)), min(8, cores)


def find_openmp() -> None:
    """Start this process again with the fetched OpenMP library on its path, where the machine has none."""
    folders = [str(file.path.parent) for file in openmp_files() if file.path.exists()]
    if folders and folders[0] not in os.environ.get("LD_LIBRARY_PATH", ""):
        known = os.environ.get("LD_LIBRARY_PATH")
        os.environ["LD_LIBRARY_PATH"] = f"{folders[0]}:{known}" if known else folders[0]
        os.execv(sys.executable, [sys.executable, *sys.argv])  # noqa: S606


def serve(path: Path, address: Address, stop: threading.Event) -> None:
    """Answer on `address` until `stop` is set or the parent process is gone.

    Raises `RuntimeMissing`, and `OSError` when the port is taken or the file is no model.
    """
    parent = os.getppid()
    runtime = _load_runtime()
    try:
        server = runtime.Server(_params(runtime, path, address))
    except RuntimeError as exc:
        raise OSError(f"the model server could not start on {address.host}:{address.port} with {path}") from exc
    logger.info("model server answers on %s with %s", server.listening_address, path.name)
    while not stop.wait(PARENT_POLL_SECONDS):
        if os.getppid() != parent:
            logger.warning("parent process gone, model server stops")
            break
    del server


def _load_runtime() -> Any:
    # OpenMP threads that spin at a barrier while a busy machine runs the other one cost nine
    # tenths of the speed (24 tokens a second became 1); read when the library is loaded, so first.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        return importlib.import_module("xllamacpp")
    except ImportError as exc:
        raise RuntimeMissing(
            f"the model runtime cannot be loaded ({exc}). If libgomp is missing, run `manage.py fetch_models`,"
            " or install it: apt install libgomp1"
        ) from exc


def _params(runtime: Any, path: Path, address: Address) -> Any:
    params = runtime.CommonParams()
    params.model.path = str(path)
    params.model_alias = {path.stem}
    params.hostnames = [address.host]
    params.port = address.port
    params.n_parallel = SLOTS
    params.n_ctx = CONTEXT_TOKENS
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.cache_ram_mib = PREFIX_CACHE_MIB
    params.cpuparams.n_threads, params.cpuparams_batch.n_threads = threads()
    # Prompts are private: no page of another origin may ask, and no endpoint shows them.
    params.cors_origins = ""
    params.endpoint_slots = False
    params.endpoint_metrics = True
    params.ui = False
    params.verbosity = 1
    return params
