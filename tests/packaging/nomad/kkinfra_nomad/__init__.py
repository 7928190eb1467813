"""HashiCorp Nomad for kkinfra."""
