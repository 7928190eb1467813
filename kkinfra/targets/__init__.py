"""Where releases go, one package for each kind of place; the only code that changes the world."""
