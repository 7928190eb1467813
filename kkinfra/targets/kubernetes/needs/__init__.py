"""What an environment needs of its cluster."""
