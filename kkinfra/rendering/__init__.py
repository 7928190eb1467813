"""An environment becomes files: the renderers' protocol, the ledger, provenance, writing."""
