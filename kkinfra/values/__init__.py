"""Plain values: YAML in and out with places, a secret as a value, display width, suggestions."""
