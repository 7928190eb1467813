"""The verb `provision ENV --database`: the product's own role and database, made by way of the host.

RDS changes its master password each week, so the product must not use it. Only the host reaches the database.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kkinfra.console.agreement import require_agreement
from kkinfra.console.output import emit_or_say, say
from kkinfra.console.telling import telling_for
from kkinfra.errors import AwsError, DeployError, HostError
from kkinfra.rendering.pipeline import open_spec, resolve
from kkinfra.secrets.mask import Mask
from kkinfra.secrets.sources import read_secrets
from kkinfra.spec.stack import PostgresqlRds
from kkinfra.system.project import project_directory
from kkinfra.targets.cloudformation.stack.api import connect_aws
from kkinfra.targets.cloudformation.stack.live import LiveStack
from kkinfra.targets.cloudformation.stack.place import place_of
from kkinfra.targets.compose.client.host import connect_host
from kkinfra.targets.compose.database_sql import TRYING, looking, making
from kkinfra.targets.compose.scram import verifier
from kkinfra.values.secret import SecretText

if TYPE_CHECKING:
    import argparse

    from kkinfra.spec.environment import Environment
    from kkinfra.targets.compose.client.host import Host

_SALT_BYTES = 16
_SILENCE_SECONDS = 960
"""How long the host may say nothing: it may pull an image before."""


@dataclass(frozen=True, slots=True)
class _Master:
    """Where the database is, and who may do everything there."""

    endpoint: str
    port: str
    user: str
    password: SecretText


def run(options: argparse.Namespace) -> int:
    """Show what is missing, and make it once that is agreed to; returns the exit code."""
    environment = resolve(open_spec(options.spec), options.environment)
    part = _part(environment)
    password = read_secrets(environment, project_directory(options.spec), [part.password])[part.password]
    with telling_for(options) as telling:
        telling(f"looking at {place_of(environment)}")
        master = _master(LiveStack(connect_aws(place_of(environment), telling)))
        with connect_host(environment) as host:
            database = _Database(host, part, master, password)
            telling(f"looking at the database, from {environment.domain}")
            there = database.look()
            telling.pause()
            _show(options, environment, database, there)
            if not options.dry_run:
                require_agreement(options, f"make what is missing, and set the password of {part.user}?")
                telling(f"making role and database of {environment.name}")
                database.make()
                telling.pause()
    is_role, is_database = there
    facts = {"environment": environment.name, "role_was_there": is_role, "database_was_there": is_database}
    how = "nothing was changed" if options.dry_run else "done; the product can log in"
    emit_or_say(options, {**facts, "done": not options.dry_run}, how)
    return 0


@dataclass(frozen=True, slots=True)
class _Database:
    host: Host
    part: PostgresqlRds
    master: _Master
    password: SecretText

    def look(self) -> tuple[bool, bool]:
        """Whether role and database are there."""
        role, _, database = self.as_master(looking(self.part.user, self.part.database)).partition("|")
        return role == "t", database == "t"

    def make(self) -> None:
        """Make what is missing, and log in as the product will; raises HostError where that does not work."""
        made = verifier(self.password, secrets.token_bytes(_SALT_BYTES))
        self.as_master(making(self.part.user, self.part.database, made))
        if self.ask(self.part.user, self.password, self.part.database, TRYING) != "t":
            raise HostError(f"{self.part.user} may make no tables in {self.part.database}, though it was granted")

    def as_master(self, sql: str) -> str:
        """What SQL of the master user answers."""
        return self.ask(self.master.user, self.master.password, self.master.user, sql)

    def ask(self, user: str, password: SecretText, database: str, sql: str) -> str:
        """What SQL answers; secrets are in the request's body alone."""
        asked = {
            "image": f"postgres:{str(self.part.version).partition('.')[0]}", "host": self.master.endpoint,
            "port": self.master.port, "user": user, "dbname": database,
        }  # fmt: skip
        files = {"password": password.bytes(), "sql": sql.encode()}
        try:
            return str(self.host.call("database", asked, files, seconds=_SILENCE_SECONDS)["printed"])
        except HostError as error:
            mask = Mask((self.password, self.master.password))
            raise HostError(mask(str(error)), error.kind, error.where) from error


def _part(environment: Environment) -> PostgresqlRds:
    found = environment.part(PostgresqlRds)
    if found is None:
        raise DeployError(f"{environment.name} has no PostgreSQL on RDS, so there is no role to make")
    return found[1]


def _master(live: LiveStack) -> _Master:
    """From the outputs of the stack, and the secret in which RDS keeps the password; raises AwsError."""
    outputs = dict(live.look().outputs)
    try:
        endpoint, port, arn = (outputs[f"Database{each}"] for each in ("Endpoint", "Port", "SecretArn"))
    except KeyError as error:
        name = live.api.place.environment
        raise AwsError(f"{live.api.place} has no output {error}; `kkinfra provision {name}` makes it") from None
    said: Any = json.loads(live.api.ask("secretsmanager", "GetSecretValue", SecretId=arn)["SecretString"])
    return _Master(endpoint, port, str(said["username"]), SecretText(str(said["password"])))


def _show(options: argparse.Namespace, environment: Environment, database: _Database, there: tuple[bool, bool]) -> None:
    part, master = database.part, database.master
    say(options, f"{environment.name}: {master.endpoint}:{master.port}")
    say(options, f"  {'~' if there[0] else '+'} role {part.user}: {'its password is set' if there[0] else 'is made'}")
    say(options, f"  {' ' if there[1] else '+'} database {part.database}: {'is there' if there[1] else 'is made'}")
