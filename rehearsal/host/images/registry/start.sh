#!/bin/sh
# The login is in REGISTRY_LOGIN, as user:password; bcrypt is the one hash that the registry reads.
set -eu
htpasswd -Bbn "${REGISTRY_LOGIN%%:*}" "${REGISTRY_LOGIN#*:}" > /etc/docker/registry/htpasswd
unset REGISTRY_LOGIN
exec docker-registry serve /etc/docker/registry/config.yml
