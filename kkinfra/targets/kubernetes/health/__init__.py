"""Whether what runs in a cluster is ready, and why not."""
