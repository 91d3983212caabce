"""The server: granian runs the pages and the API in processes of their own; this process watches over them and is the
worker (events, schedules, jobs). One signal stops all of it, after what is under way is finished."""

from __future__ import annotations

import atexit
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from multiprocessing import resource_tracker
from typing import Any

from django.db import connections

from zhike.kernel.errors import Refused
from zhike.kernel.lazy import LazyModule
from zhike.kernel.words import _
from zhike.site.home import Home

_granian: Any = LazyModule("granian")
_worker: Any = LazyModule("zhike.automation.worker")

LOOPBACK = ("127.0.0.1", "localhost", "::1")
ANY = ("0.0.0.0", "::", "")  # noqa: S104 - compared, not bound
THREADS = 6  # per process: pages wait for the database more than they compute
STOP_SECONDS = 20

log = logging.getLogger("zhike.serve")


class NotServed(Refused):
    """The server cannot start here; the text says why."""

    code = "not-served"
    title = _("The server did not start")


def serve(
    home: Home,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    workers: int = 1,
    with_worker: bool = True,
    announce: Callable[[str], None] | None = None,
) -> None:
    """Serve a migrated home until SIGINT or SIGTERM. ``announce`` gets the address once it is open.

    Django must already stand on the home (:func:`zhike.site.home.configure`). Raises NotServed when the port is taken.
    """
    _claim(host, port)
    if open_to_others(host) and host not in ANY:
        # The processes that answer read their settings anew: this address is one of our names.
        os.environ["ZHIKE_HOSTS"] = ",".join([*home.option("hosts", []), host])
    connections.close_all()
    # A forked child would share this process's database connections and locks.
    multiprocessing.set_start_method("spawn", force=True)
    server = _granian.Granian(
        "zhike.site.wsgi:application",
        address=host,
        port=port,
        interface="wsgi",
        workers=workers,
        blocking_threads=THREADS,
        blocking_threads_idle_timeout=600,
        backlog=1024,
        backpressure=256,
        websockets=False,
        log_level="error",
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=STOP_SECONDS,
    )
    stop = threading.Event()
    worker = threading.Thread(target=_work, args=(stop,), name="zhike-worker", daemon=True)

    def opened() -> None:
        _take_interrupts()
        if with_worker:
            worker.start()
        if announce:
            threading.Thread(
                target=_tell, args=(announce, host, port, stop), name="zhike-announce", daemon=True
            ).start()

    server.on_startup(opened)
    try:
        server.serve()
    finally:
        stop.set()
        if worker.is_alive():
            worker.join(STOP_SECONDS)
        connections.close_all()


def work(stop: threading.Event) -> None:
    """Run only the worker until ``stop`` is set (``zhike worker``)."""
    _worker.run_forever(stop)


def address(host: str, port: int) -> str:
    """What to type into a browser on this machine: ``http://127.0.0.1:8000``."""
    shown = "127.0.0.1" if host in ANY else host
    return f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"


def end_at_once() -> None:
    """From now on this process ends with 0 as soon as its own threads have ended and what it printed is written out.
    granian's native threads still wait for the interpreter then: one taken down below them aborts the process, or hangs it."""

    def end() -> None:
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        finally:
            os._exit(0)

    atexit.register(end)


def open_to_others(host: str) -> bool:
    """True when other machines can reach the server; then ``hosts`` in ``zhike.toml`` must name it."""
    return host not in LOOPBACK


def _claim(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            text = _("{address} cannot be used: {reason}. Choose another port with --port.")
            raise NotServed(text.with_(address=f"{host}:{port}", reason=error.strerror or error)) from error


def _tell(announce: Callable[[str], None], host: str, port: int, stop: threading.Event) -> None:
    """Announce the address when it answers: the port opens with the first process that has loaded the pages."""
    reached = "127.0.0.1" if host in ANY else host
    while not stop.wait(0.05):
        try:
            socket.create_connection((reached, port), timeout=5).close()
        except OSError:
            continue
        announce(address(host, port))
        return


def _take_interrupts() -> None:
    """Ctrl+C reaches every process of the terminal; told to stop twice, granian's children hang. So they are started
    with SIGINT blocked, and here it becomes a SIGTERM to this process, which then stops them in order."""
    resource_tracker.ensure_running()  # starting it later would let SIGINT through again
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})

    def pass_on() -> None:
        signal.sigwait({signal.SIGINT})
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=pass_on, name="zhike-interrupt", daemon=True).start()


def _work(stop: threading.Event) -> None:
    try:
        _worker.run_forever(stop)
    except Exception:
        log.exception("the worker ended; pages go on, events wait until the next start")
    finally:
        connections.close_all()
