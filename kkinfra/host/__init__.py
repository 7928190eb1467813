"""What runs on the host: a release brought up, switched to, taken back, watched over.

The deployer sends this package along with each request, over SSH, and it keeps a copy of itself on the host, so
that the host restarts, recovers and goes back by itself. It needs Python 3.9 and nothing else: only the standard
library, and nothing of kkinfra beyond this package.
"""
