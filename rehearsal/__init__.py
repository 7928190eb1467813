"""Production, rehearsed on this machine: what `render-production` writes, really up on a Docker engine.

Only what cannot be the same differs: the domain, the database's address, the secrets, and the
certificate, which comes from an authority of the rehearsal's own.
"""
