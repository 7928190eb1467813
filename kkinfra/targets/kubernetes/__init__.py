"""Releases in a Kubernetes cluster, by server-side apply."""
