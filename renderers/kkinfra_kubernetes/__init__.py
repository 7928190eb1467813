"""The Kubernetes renderer: one environment as the objects that run it, one file each."""

from kkinfra_kubernetes.renderer import KubernetesRenderer

__all__ = ["KubernetesRenderer"]
