"""What differs between what is wanted and what runs, of any target, and how it is told. Pure."""
