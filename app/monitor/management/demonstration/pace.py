"""Beat and worker in one thread."""

from __future__ import annotations

from threading import Event, Thread
from time import monotonic

from django.db import connections

from config.celery import app

TICK_SECONDS = 0.5


class Pace(Thread):
    """Runs the tasks of beat's schedule, one after another, until `end()`."""

    def __init__(self) -> None:
        super().__init__(name="pace", daemon=True)
        self._ended = Event()

    def run(self) -> None:
        """Run what is due, again and again; a task that fails is logged by Celery and comes again."""
        app.loader.import_default_modules()
        due = dict.fromkeys(app.conf.beat_schedule, monotonic())
        while not self._ended.wait(TICK_SECONDS):
            for name, entry in app.conf.beat_schedule.items():
                if due[name] <= monotonic() and not self._ended.is_set():
                    due[name] = monotonic() + entry["schedule"]
                    app.tasks[entry["task"]].apply(throw=False)
        connections.close_all()

    def end(self) -> None:
        """Let the task that runs finish, and return when it has."""
        self._ended.set()
        if self.is_alive():
            self.join()
