"""A command that is run beside what serves: in a container of its own, or in one that runs already."""
