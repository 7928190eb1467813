"""Changing a cluster: locked, applied in order, waited for, taken back."""
