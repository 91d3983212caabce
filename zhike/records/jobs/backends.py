"""What carries the number of a job to workers, by Django's Tasks interface: the table of jobs itself, or a broker
(``zhike.channels.broker``)."""

from __future__ import annotations

from typing import Any

from django_tasks import TaskResult, TaskResultStatus
from django_tasks.backends.base import BaseTaskBackend

from zhike.kernel.clock import now
from zhike.records.waking import ring


class Announced(BaseTaskBackend):
    """What backends share: a task here has no result of its own, the job's row holds it."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> TaskResult[Any]:
        """Hand the task on; answers what is known of it."""
        self.validate_task(task)
        self.hand_on(*args, **kwargs)
        return TaskResult(
            task=task, id=str(args[0]), status=TaskResultStatus.READY, enqueued_at=now(), started_at=None,
            last_attempted_at=None, finished_at=None, args=list(args), kwargs=kwargs, backend=self.alias, errors=[],
            worker_ids=[],
        )  # fmt: skip

    def hand_on(self, job_id: int) -> None:
        """Tell the workers of a job."""
        raise NotImplementedError


class TableBackend(Announced):
    """The default: workers look into the table of jobs; those of this process are woken."""

    def hand_on(self, job_id: int) -> None:
        """The row is there; somebody may be asleep."""
        ring()
