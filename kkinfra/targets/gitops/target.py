"""A directory in Git that Argo CD reads: what is delivered by `gitops`."""

from __future__ import annotations

from kkinfra.spec.platforms import GitOps


class GitOpsTarget:
    """A Kubernetes cluster, to which Argo CD applies what lands in Git."""

    delivery = GitOps
    platforms = frozenset({"kubernetes"})
