#!/bin/sh
# Takes the variables that the public image takes: POSTGRES_USER, POSTGRES_PASSWORD or its _FILE, POSTGRES_DB.
set -eu

user=${POSTGRES_USER:-postgres}
database=${POSTGRES_DB:-$user}
[ "${1:-}" != postgres ] || shift

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  secret=$(mktemp)
  if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
    cat "$POSTGRES_PASSWORD_FILE" >"$secret"
  else
    printf '%s' "${POSTGRES_PASSWORD:?set POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE}" >"$secret"
  fi
  initdb --username "$user" --pwfile "$secret" --encoding UTF8 --auth-local trust --auth-host scram-sha-256 >/dev/null
  rm "$secret"
  echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
  if [ "$database" != postgres ]; then
    echo "CREATE DATABASE \"$database\"" | postgres --single -E postgres >/dev/null
  fi
fi
exec postgres -k /tmp -c listen_addresses='*' "$@"
