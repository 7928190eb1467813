"""The command: a file a verb, its flags, and exit codes; the only place that knows argparse."""
