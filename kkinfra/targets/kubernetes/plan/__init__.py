"""What a deploy to a cluster would change, from the rendered objects and the live ones."""
