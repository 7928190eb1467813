"""The GitOps repository: read, committed to, pushed."""
