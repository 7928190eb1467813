"""The proofs that come with kkinfra, one file each; they register as anyone's do."""
