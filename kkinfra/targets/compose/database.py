"""Provisioning a database: the product's own role and database, made by way of the host.

RDS changes its master password each week, so the product must not use it. Only the host reaches the database.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kkinfra.difference.change import Change
from kkinfra.errors import AwsError, DeployError, HostError
from kkinfra.secrets.mask import Mask
from kkinfra.secrets.sources import read_secrets
from kkinfra.spec.stack import PostgresqlRds
from kkinfra.targets.cloudformation.stack.api import connect_aws
from kkinfra.targets.cloudformation.stack.live import LiveStack
from kkinfra.targets.cloudformation.stack.place import place_of
from kkinfra.targets.compose.database_sql import TRYING, looking, making
from kkinfra.targets.compose.scram import verifier
from kkinfra.targets.protocol.history import provision_run
from kkinfra.targets.protocol.outcome import Outcome
from kkinfra.targets.protocol.plan import Plan
from kkinfra.values.secret import SecretText

if TYPE_CHECKING:
    from kkinfra.console.telling import Telling
    from kkinfra.spec.environment import Environment
    from kkinfra.targets.compose.client.host import Host
    from kkinfra.targets.protocol.wanted import Wanted

_DATABASE = "database"
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


@dataclass
class DatabaseProvisioning:
    """A database, reached from the host of its environment; the secrets are masked once they are known."""

    wanted: Wanted
    telling: Telling
    host: Host

    @cached_property
    def part(self) -> PostgresqlRds:
        """The part that is the database."""
        return part_of(self.wanted.environment)

    @cached_property
    def password(self) -> SecretText:
        """The product's password; raises SecretError."""
        name = self.part.password
        return read_secrets(self.wanted.environment, self.wanted.directory, [name])[name]

    @cached_property
    def master(self) -> _Master:
        """As the stack and its secret tell; raises AwsError."""
        place = place_of(self.wanted.environment)
        self.telling(f"looking at {place}")
        found = _master(LiveStack(connect_aws(place, self.telling)))
        self.telling.mask = Mask((self.password, found.password))
        return found

    def plan(self) -> Plan:
        """Whether role and database are there."""
        _ = self.password  # missing, it is told before anything is asked
        name, part, master = str(self.wanted.environment.name), self.part, self.master
        self.telling(f"looking at the database, from {self.wanted.environment.domain}")
        found, _, rest = self.as_master(looking(part.user, part.database)).partition("|")
        is_role, is_database = found == "t", rest == "t"
        role = Change(_DATABASE, f"role {part.user}", "change", note="its password is set")
        if not is_role:
            role = Change(_DATABASE, f"role {part.user}", "add", note="is made")
        base = Change(_DATABASE, f"database {part.database}", "add", note="is made")
        return Plan(
            name, "provision", f"{master.endpoint}:{master.port}",
            changes=(role,) if is_database else (role, base),
            notes=(f"database {part.database}: is there",) if is_database else (), said="nothing was changed",
            details={"role_was_there": is_role, "database_was_there": is_database},
            question=f"make what is missing, and set the password of {part.user}?",
        )  # fmt: skip

    def apply(self, plan: Plan) -> Outcome:
        """Make what is missing, and log in as the product will; raises HostError where that does not work."""
        began = time.time()
        made = verifier(self.password, secrets.token_bytes(_SALT_BYTES))
        _ = self.master
        self.telling(f"making role and database of {plan.environment}")
        self.as_master(making(self.part.user, self.part.database, made))
        if self.ask(self.part.user, self.password, self.part.database, TRYING) != "t":
            raise HostError(f"{self.part.user} may make no tables in {self.part.database}, though it was granted")
        return Outcome(provision_run(began), "the product can log in")

    def discard(self, plan: Plan) -> None:
        """Nothing is left of looking."""

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


def part_of(environment: Environment) -> PostgresqlRds:
    """The database on RDS; raises DeployError where there is none."""
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
