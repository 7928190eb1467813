"""What a deploy to a host would change, from the rendered release and what the host said."""
