"""What runs, on one screen."""

from __future__ import annotations

import io

from kkinfra.cli.status_text import status_lines
from kkinfra.targets.protocol.history import Run
from kkinfra.targets.protocol.lock import LockHolder, LockStatus
from kkinfra.targets.protocol.status import CertificateStatus, DriftStatus, PartStatus, Status

NOW = 1_795_568_523.0  # 2026-11-25 01:02:03 UTC
DAY = 86_400
DIGEST = f"sha256:{'2b306f63d738' * 5}abcd"


def status(**changes):
    release = Run("3", "deploy", "deployed", NOW - DAY, 2.0, "ghcr.io/x:1", "0123456789ab", "me@laptop", serves=True)
    part = PartStatus("deployment/webapp", "ready", "1 of 1", "2026-11-24T01:00:00Z", (DIGEST,), 2)
    given = {
        "environment": "alpha", "where": "shop on https://x", "release": release, "parts": (part,),
        "room": (), "drift": DriftStatus(), "certificate": CertificateStatus("x.org", NOW + 30 * DAY), "now": NOW,
    }  # fmt: skip
    return Status(**{**given, **changes})


def lines(made):
    return list(status_lines(made, io.StringIO()))


def test_the_screen():
    made = status()
    assert made.is_well
    assert lines(made) == [
        "alpha: shop on https://x; release 3, ghcr.io/x:1, deployed 2026-11-24 01:02 UTC (0123456789ab me@laptop)",
        f"  ready deployment/webapp: 1 of 1 (since 2026-11-24T01:00, {DIGEST[:19]}, started again 2 times)",
        "  certificate of x.org until 2026-12-25 01:02 UTC (30 days)",
        "  drift: none",
    ]


def test_what_is_not_well():
    assert not status(parts=(PartStatus("job/x", "failed", "why"),)).is_well
    assert not status(room=(PartStatus("node/one", "unwell", "x"),)).is_well
    assert status(room=(PartStatus("nodes", "not known", "x"),)).is_well
    late = status(certificate=CertificateStatus("x.org", NOW + 20 * DAY))
    assert not late.is_well
    assert "  ! certificate of x.org until 2026-12-15 01:02 UTC (20 days): it was not renewed" in lines(late)
    unseen = status(certificate=CertificateStatus("x.org", problem="not seen from here: timed out"))
    assert unseen.is_well
    assert "  certificate of x.org: not seen from here: timed out" in lines(unseen)


def test_drift_is_named():
    assert lines(status(drift=DriftStatus(("configmap/a",), "Argo CD is at 1, OutOfSync")))[-1] == (
        "  drift: configmap/a; `kkinfra diff alpha` shows it (Argo CD is at 1, OutOfSync)"
    )
    assert lines(status(drift=DriftStatus(problem="forbidden")))[-1] == "  drift: not known: forbidden"


def test_a_lock_is_told_where_it_is_held():
    holder = LockHolder("ann@example", "deploy of test", NOW, "deployment/webapp")
    held = lines(status(lock=LockStatus(held=True, holder=holder)))
    assert held[-1] == "  locked by ann@example (deploy of test since 2026-11-25 01:02:03 UTC, now: deployment/webapp)"
    assert not [line for line in lines(status(lock=LockStatus(held=False, holder=holder))) if "locked" in line]


def test_what_is_wrong_besides_is_told_at_the_end():
    made = status(problems=("run 7 was cut off",))
    assert not made.is_well
    assert lines(made)[-1] == "  ! run 7 was cut off"
