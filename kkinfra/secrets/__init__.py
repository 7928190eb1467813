"""Which part needs which secret, where it comes from, and masking."""
