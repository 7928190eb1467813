# mypy: ignore-errors
"""The product's Celery application, with a task whose ends can be counted."""

import os
import sys
import time

if os.environ["VARIANT"] == "bad-worker" and "worker" in sys.argv:
    sys.exit("variant bad-worker: the flux capacitor is missing")

from config.celery import app
from redis import Redis


@app.task(name="variant.count")
def count(seconds: float, key: str) -> None:
    """Take so long, then count one more under a key of the broker's Redis, and one for this release."""
    time.sleep(seconds)
    with Redis.from_url(os.environ["CELERY_BROKER_URL"]) as redis, redis.pipeline() as pipe:
        pipe.incr(key)
        pipe.incr(f"{key}:{os.environ['APP_RELEASE']}")
        pipe.execute()
