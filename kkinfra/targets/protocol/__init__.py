"""What a target is, and what it gives and takes: one protocol for every place that releases are brought to."""
