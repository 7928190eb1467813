"""The host, reached by SSH: requests, and runs that are followed."""
