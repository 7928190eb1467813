"""The file and its model: parts, platforms, units, merging, checks, wiring, JSON Schema."""
