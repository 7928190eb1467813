"""What the monitor does; no request, no template and no queue is known here."""
