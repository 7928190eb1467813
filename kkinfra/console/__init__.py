"""What a person sees and is asked: output, progress, agreement, events."""
