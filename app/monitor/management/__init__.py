"""Commands of the product, and what they need."""
