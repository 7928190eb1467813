"""One namespace of a cluster, by server-side apply: what is delivered by `apply`."""

from __future__ import annotations

from kkinfra.spec.platforms import Apply


class ClusterTarget:
    """A Kubernetes cluster, which is applied to."""

    delivery = Apply
    platforms = frozenset({"kubernetes"})
