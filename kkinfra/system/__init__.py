"""The machine around: processes, Git, the project's directory, the cache, entry points."""
