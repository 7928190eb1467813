"""An application with the product's settings and one task, for a worker that is killed while it runs."""

import os
import time
from pathlib import Path

from config.celery import app

# A killed worker's task comes back at once and not after minutes.
app.conf.broker_transport_options |= {"visibility_timeout": 1, "unacked_restore_interval": 1}


@app.task(name="tests.cut_off")
def cut_off(directory: str) -> None:
    """Leave a file; take long the first time."""
    first = not Path(directory, "first").exists()
    Path(directory, "first" if first else "second").write_text(str(os.getpid()))
    if first:
        time.sleep(30)
