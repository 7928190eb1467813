"""What the containers and the network of a test are called: two tests at a time on one engine need two prefixes."""

from __future__ import annotations

import os

_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
PREFIX = os.environ.get("KKINFRA_TEST_PREFIX", "kkinfra-test") + (f"-{_WORKER}" if _WORKER else "")
NETWORK = PREFIX
MACHINE, REGISTRY, DATABASE = f"{PREFIX}-host", f"{PREFIX}-registry", f"{PREFIX}-postgresql"
