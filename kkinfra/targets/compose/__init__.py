"""One host with Docker Compose, over SSH: what a release is, what is there, the plan, and the run that applies it."""
