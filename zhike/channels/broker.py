"""Jobs announced by a broker, for workers on several machines: Celery with Redis or RabbitMQ.

A message holds a job's number, nothing of the company. It is acknowledged when the job has ended, so that a worker takes
one at a time and leaves the others to its neighbours."""

from __future__ import annotations

import importlib
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings

from zhike.kernel.lazy import LazyModule
from zhike.records.jobs.backends import Announced

NAME = "zhike.run_job"
QUEUE = "zhike"
PATIENCE = 3  # seconds a request waits for a broker that does not answer
AGAIN = 5.0  # seconds until a broker that is away is asked again

_celery: Any = LazyModule("celery")
_made: dict[str, Any] = {}

log = logging.getLogger("zhike.jobs")


class CeleryBackend(Announced):
    """Hands jobs to Celery."""

    def hand_on(self, job_id: int) -> None:
        """Send the message; raises when the broker is away: the job is announced again later."""
        _app().send_task(NAME, (job_id,), queue=QUEUE, retry=False)


def in_use() -> bool:
    """Whether this installation has a broker."""
    return "broker" in settings.TASKS["default"].get("OPTIONS", {})


def consume(run: Callable[[int], None], stop: threading.Event) -> None:
    """``run`` jobs as they are announced, one after the other, until ``stop`` is set; a broker that is away is waited for."""
    app = _app()
    app.task(run, name=NAME, ignore_result=True, acks_late=True, shared=False)
    ender = threading.Thread(target=_end, args=(stop,), name="zhike-broker-end", daemon=True)
    ender.start()
    while not stop.is_set():
        try:
            app.WorkController(
                app=app, pool_cls="threads", concurrency=1, queues=[QUEUE], hostname=f"zhike@{socket.gethostname()}",
                use_eventloop=False, without_gossip=True, without_mingle=True, without_heartbeat=True,
            ).start()  # fmt: skip
        except Exception:
            log.exception("the broker is away")
            stop.wait(AGAIN)
    ender.join()


def _end(stop: threading.Event) -> None:
    stop.wait()
    state: Any = importlib.import_module("celery.worker.state")
    state.should_stop = 0  # its way of being told to end after what is under way


def _app() -> Any:
    broker = settings.TASKS["default"]["OPTIONS"]["broker"]
    if broker not in _made:
        app = _celery.Celery("zhike", broker=broker, set_as_current=False)
        app.conf.update(
            accept_content=["json"],
            broker_connection_retry_on_startup=True,
            broker_connection_max_retries=None,
            broker_connection_timeout=PATIENCE,
            broker_heartbeat=0,
            broker_transport_options={
                "max_retries": 1,
                "interval_start": 0,
                "interval_step": 0.1,
                "interval_max": 0.1,
                "socket_connect_timeout" if broker.startswith("redis") else "connect_timeout": PATIENCE,
            },
            enable_utc=True,
            task_default_queue=QUEUE,
            task_serializer="json",
            worker_enable_remote_control=False,
            worker_hijack_root_logger=False,
            worker_prefetch_multiplier=1,
        )
        _made[broker] = app
    return _made[broker]
