"""SQL at a database that only the host reaches, by psql in a container of the database's own version.

The password comes on standard input, as all of a request does, and goes on to psql's; it is in no argument, no variable
of the container, and no file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kkinfra.host.errors import HostError
from kkinfra.host.images import pull_remedy
from kkinfra.host.process import run

if TYPE_CHECKING:
    from kkinfra.host.call import Call

_PULL_SECONDS = 900
_LOOK_SECONDS = 30
_RUN_SECONDS = 120
_MEMORY = "128m"
_PROGRAM = (
    "IFS= read -r PGPASSWORD && export PGPASSWORD && exec psql --no-psqlrc --quiet --tuples-only --no-align "
    '--set ON_ERROR_STOP=1 --set VERBOSITY=terse "$1"'
)
"""The first line of what it is given is the password; psql reads the rest. Terse errors repeat no statement."""

_REMEDIES = (
    ("password authentication failed", "RDS may just have changed the master password; try again"),
    ("timeout expired", "does the database's security group let this host in?"),
    ("could not translate host name", "is the stack's output DatabaseEndpoint right, and is the host in its network?"),
    ("Connection refused", "is the database started?"),
)


def database(call: Call) -> dict[str, Any]:
    """Run the SQL of the request (files `password` and `sql`); the answer is what psql prints. Raises HostError."""
    arguments = call.arguments
    _have(call, str(arguments["image"]))
    given = b"".join((call.files["password"], b"\n", call.files["sql"]))
    name = f"{call.layout.namespace}-psql"
    argv = [
        "docker", "run", "--rm", "--interactive", "--network", "host", "--pull", "never", "--memory", _MEMORY,
        "--name", name, "--entrypoint", "sh", str(arguments["image"]), "-c", _PROGRAM, "psql", _where(arguments),
    ]  # fmt: skip
    try:
        done = run(argv, seconds=_RUN_SECONDS, given=given)
    except HostError:
        run(["docker", "rm", "--force", name], seconds=_LOOK_SECONDS)
        raise
    if done.code:
        raise HostError(_told(done.errors.strip() or done.output.strip()))
    return {"printed": done.output.strip()}


def _where(arguments: dict[str, Any]) -> str:
    """How psql connects: encrypted, as an account of RDS that asks for it (rds.force_ssl) demands."""
    said = {key: arguments[key] for key in ("host", "port", "user", "dbname")}
    return " ".join(f"{key}={value}" for key, value in {**said, "sslmode": "require", "connect_timeout": 10}.items())


def _have(call: Call, image: str) -> None:
    if run(["docker", "image", "inspect", image], seconds=_LOOK_SECONDS).code == 0:
        return
    call.tell(f"pulling {image}, for psql")
    done = run(["docker", "pull", "--quiet", image], seconds=_PULL_SECONDS)
    if done.code:
        raise HostError(f"{image} cannot be pulled: {done.said}; {pull_remedy(done.said)}")


def _told(said: str) -> str:
    last = said.splitlines()[-1:] or ["it says nothing"]
    remedy = next((each for words, each in _REMEDIES if words in said), "")
    return f"psql on the host failed: {last[0]}{f'; {remedy}' if remedy else ''}"
