"""A host to deploy to, in a container: systemd, sshd and a Docker engine of its own, a registry and releases for it.

`machine.start` makes it, `registry.start` and `variants.build` give it something to pull, `spec.text` says of it
what a specification says of production's host.
"""
