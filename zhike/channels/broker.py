"""Jobs announced by a broker, for workers on several machines: Celery with Redis or RabbitMQ.

A message holds a job's number, nothing of the company. It is acknowledged when the job has ended, so that a worker takes
one at a time and leaves the others to its neighbours."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings

from zhike.kernel.lazy import LazyModule
from zhike.records.jobs.backends import Announced

NAME = "zhike.run_job"
QUEUE = "zhike"
PATIENCE = 3  # seconds a request waits for a broker that does not answer
AGAIN = 5.0  # seconds until a broker that is away is asked again
WAITS = {
    "redis": ("socket_connect_timeout", "socket_timeout"),
    "amqp": ("connect_timeout", "read_timeout", "write_timeout"),
}
LOOK_UP_EVERY = 0.5  # seconds between looks whether the process is to end

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
    while not stop.is_set():
        try:
            _listen(run, stop)
        except Exception:
            log.exception("the broker is away; it is asked again in %.0f seconds", AGAIN)
            stop.wait(AGAIN)


def _listen(run: Callable[[int], None], stop: threading.Event) -> None:
    """On one line. Celery's own worker is not used: it wants the main thread, signals and a pool for what one thread does."""

    def take(body: Any, message: Any) -> None:
        try:
            run(int(body[0][0]))
        except (TypeError, ValueError, LookupError):
            log.warning("a message of the broker is none of ours")
        message.ack()

    app = _app()
    wanted = {"queues": app.amqp.queues[QUEUE], "callbacks": [take], "accept": ["json"], "prefetch_count": 1}
    with app.connection_for_read() as link, link.Consumer(**wanted):
        while not stop.is_set():
            with suppress(TimeoutError):
                link.drain_events(timeout=LOOK_UP_EVERY)


def _app() -> Any:
    broker = settings.TASKS["default"]["OPTIONS"]["broker"]
    if broker not in _made:
        app = _celery.Celery("zhike", broker=broker, set_as_current=False)
        app.conf.update(
            accept_content=["json"],
            broker_connection_timeout=PATIENCE,
            broker_transport_options={
                "max_retries": 1,
                "interval_start": 0,
                "interval_step": 0.1,
                "interval_max": 0.1,
                **dict.fromkeys(WAITS["redis" if broker.startswith("redis") else "amqp"], PATIENCE),
            },
            enable_utc=True,
            task_default_queue=QUEUE,
            task_serializer="json",
        )
        _made[broker] = app
    return _made[broker]
