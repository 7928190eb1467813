"""SQL that makes the product's own role and database, for psql; run as often as one likes, it comes to the same.

The role owns nothing but what it makes: it may make tables and trusted extensions, as Django's migrations do.
"""

from __future__ import annotations

_LOOKING = """\
SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = {role}),
       EXISTS (SELECT FROM pg_database WHERE datname = {database});
"""
TRYING = "SELECT has_schema_privilege('public', 'CREATE');\n"
"""Answers `t` to who may make tables."""

_MAKING = """\
SELECT format('CREATE ROLE %I', {role}) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {role}) \\gexec
SELECT format('ALTER ROLE %I LOGIN PASSWORD %L', {role}, {verifier}) \\gexec
SELECT format('CREATE DATABASE %I', {database})
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = {database}) \\gexec
SELECT format('GRANT CONNECT, CREATE, TEMPORARY ON DATABASE %I TO %I', {database}, {role}) \\gexec
\\connect {name}
SELECT format('GRANT USAGE, CREATE ON SCHEMA public TO %I', {role}) \\gexec
"""
"""\\gexec runs what a query returns; CREATE DATABASE cannot be part of a transaction or a DO block."""


def looking(role: str, database: str) -> str:
    """Whether role and database are there: `t|f`."""
    return _LOOKING.format(role=literal(role), database=literal(database))


def making(role: str, database: str, verifier: str) -> str:
    """Make what is missing, set the role's password to that of the verifier, and grant what Django needs."""
    return _MAKING.format(
        role=literal(role), database=literal(database), verifier=literal(verifier), name=identifier(database)
    )


def literal(text: str) -> str:
    """Text as a constant of SQL."""
    escaped = text.replace("'", "''").replace("\\", "\\\\")
    return f"E'{escaped}'" if "\\" in text else f"'{escaped}'"


def identifier(text: str) -> str:
    """A name, as SQL and psql take it whatever it has in it."""
    escaped = text.replace('"', '""')
    return f'"{escaped}"'
