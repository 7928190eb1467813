"""A double of a Kubernetes 1.33 cluster: the API server over HTTP, its controllers, and faults on command."""

from cluster_double.access import Rule
from cluster_double.cluster import ClusterDouble

__all__ = ["ClusterDouble", "Rule"]
