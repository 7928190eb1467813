"""What provisioning would change, and the least rights that it needs."""
