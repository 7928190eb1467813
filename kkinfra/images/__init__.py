"""The image of an environment, and the engine that builds and pushes it."""
