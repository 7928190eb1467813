"""Pictures of environments: a graph that is computed from them, and what draws it."""
