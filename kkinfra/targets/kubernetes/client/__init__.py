"""The API server: connections, requests, kinds, objects, events, logs."""
