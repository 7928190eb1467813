"""[SECONDS]: tell as one line of JSON which migrations would run, and which the running release could not live with.

It runs in the new image's container, before the migration and while the release before still serves. It needs
Python and the product's Django (4.2 or later), and writes nothing to the database. Status 0 says that it could tell,
3 that it could not. All else that the product prints goes to the standard error. docs/migrations.md has the rules.

The rules and facts are from:
https://docs.djangoproject.com/en/5.2/ref/migration-operations/ and .../ref/contrib/postgres/operations/;
https://www.postgresql.org/docs/15/sql-altertable.html (Notes) and .../explicit-locking.html;
https://github.com/3YOURMIND/django-migration-linter/blob/main/docs/incompatibilities.md;
https://github.com/tbicr/django-pg-zero-downtime-migrations#django-migrations-hacks;
https://github.com/ankane/strong_migrations#checks.
What PostgreSQL 15 rewrites, scans and validates was seen on a server, with client_min_messages = debug1.
"""

# ruff: noqa: SLF001 - Model._meta is documented; the rest is what `migrate` itself asks

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from threading import Lock, Timer
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    Document = dict[str, Any]
    Problems = Iterator["MigrationVerdict"]
    Rule = Callable[["MigrationChange"], Problems]

FORMAT = 1
SECONDS = 90
CONNECT_SECONDS = 5
COULD_NOT_TELL = 3
DATABASE = "default"  # which `migrate` migrates, where it is told no other


class UntoldError(Exception):
    """What would run cannot be told; the text says why."""


class MigrationVerdict(NamedTuple):
    """Something that the running release may not live with, or why there is nothing."""

    verdict: str
    why: str


def unsafe(why: str, instead: str) -> MigrationVerdict:
    """The running release breaks, or waits."""
    return MigrationVerdict("unsafe", f"{why}; do instead: {instead}")


def unknown(why: str) -> MigrationVerdict:
    """The author is asked, who may know."""
    return MigrationVerdict("unknown", f"{why}; where it can, say why with kkinfra_safe")


# --- The database before, and one operation ---


class DatabaseBefore:
    """What is there before anything runs."""

    def __init__(self, connection: Any, state: Any, *, applied: bool) -> None:
        self.connection, self.applied, self.columns = connection, applied, columns(state)
        with connection.cursor() as cursor:
            tables = {*connection.introspection.table_names(cursor), *(table for table, _ in self.columns)}
        self.tables = {table.casefold() for table in tables}
        self.has_rows: Callable[[str], bool] = lru_cache(None)(self._has_rows)

    def _has_rows(self, table: str) -> bool:
        """A table that cannot be asked, or not soon, counts as one with rows."""
        connection = self.connection
        try:
            with _django("db.transaction").atomic(using=connection.alias), connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    cursor.execute("SET LOCAL statement_timeout = '3s'")
                cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608 - quoted
                return cursor.fetchone() is not None
        except _django("db").DatabaseError:
            return True


def columns(state: Any) -> set[tuple[str, str]]:
    """All tables, those between models too, with their columns."""
    metas = [model._meta for model in state.apps.get_models()]
    between = [field.remote_field.through._meta for meta in metas for field in meta.local_many_to_many]
    return {(meta.db_table, field.column) for meta in metas + between for field in meta.local_concrete_fields}


@dataclass(frozen=True)
class MigrationChange:
    """An operation, with Django's states of the project before and after it."""

    database: DatabaseBefore
    migration: Any
    operation: Any
    before: Any
    after: Any

    @property
    def kind(self) -> str:
        """The name of its class."""
        return type(self.operation).__name__

    @property
    def rule(self) -> str:
        """The name of its rule: the kind if the class is Django's own, and no subclass."""
        kind = "CreateExtension" if self.kind.endswith("Extension") else self.kind
        return kind if type(self.operation).__module__.startswith("django.") else ""

    @property
    def names(self) -> tuple[str, str]:
        """The app, and the model as it was called before."""
        return self.migration.app_label, getattr(self.operation, "model_name", None) or self.operation.name

    @property
    def model(self) -> Any:
        """The model's `_meta` before."""
        return self.before.apps.get_model(*self.names)._meta

    @property
    def changed(self) -> Any:
        """The model's `_meta` after."""
        return self.after.apps.get_model(*self.names)._meta

    @property
    def table(self) -> str:
        """The model's table before."""
        return str(self.model.db_table)

    @property
    def has_rows(self) -> bool:
        """Whether anyone waits while PostgreSQL goes through the table."""
        return self.database.has_rows(self.table)

    def added(self, option: str) -> Any:
        """What is new in an option that is a set."""
        key = (self.names[0], self.names[1].lower())
        was, now = ({*(state.models[key].options.get(option) or ())} for state in (self.before, self.after))
        return now - was


# --- Rules: what each kind of operation does to the running release ---

LATER = "in a later release, when none that reads it is left, with kkinfra_safe"
KEPT = "release code that keeps the rule first; then, in a later release and with kkinfra_safe, "
INSTEAD = {
    "RemoveField": f"release code without the field (its column null=True or with a db_default); remove it {LATER}",
    "DeleteModel": f"release code without the model; delete it {LATER}",
    "RenameField": "keep the column's name with db_column; or add a field, fill both, and drop the old one later",
    "AlterField": "keep the column's name with db_column; or add a field, fill both, and drop the old one later",
    "RenameModel": "keep the table with Meta.db_table, where no many-to-many relation has its name; or keep the name",
    "AlterModelTable": "keep the table's name with Meta.db_table",
    "AlterOrderWithRespectTo": f"drop the column {LATER}",
}
BY_INDEX = "CREATE UNIQUE INDEX CONCURRENTLY by RunSQL inside SeparateDatabaseAndState"
BY_STEPS = "AddConstraintNotValid, and ValidateConstraint in a migration of its own"
CONCURRENTLY = "AddIndexConcurrently in a migration with atomic = False (for db_index: an entry in Meta.indexes)"
FILLED = "null=True, or a db_default (Django 5.0 and later); NOT NULL when every release that runs fills it"
NEW_FIELD = "add a field, write both, copy, read the new one, and drop the old one later"


def nothing(_: MigrationChange) -> Problems:
    """What disturbs nobody."""
    yield from ()


def gone(change: MigrationChange) -> Problems:
    """Tables and columns that the running release knows, and that would be gone, at least by their names."""
    after = columns(change.after)
    left = {table for table, _ in after}
    lost = change.database.columns & (columns(change.before) - after)
    if names := sorted({f"{table}.{column}" if table in left else table for table, column in lost}):
        yield unsafe(f"the running release still reads {', '.join(names)}", INSTEAD[change.kind])


def add_field(change: MigrationChange) -> Problems:
    """The running release leaves the column out of its INSERTs, and waits while the table is gone through."""
    field = change.changed.get_field(change.operation.name)
    if field.many_to_many or field.column is None:
        return
    if not (field.null or _filled_by_database(field)):
        yield unsafe(f"the running release's INSERTs leave out {_named(field)}, which is NOT NULL", FILLED)
    if change.has_rows:
        yield from _locks_to_add(change, field)


def _locks_to_add(change: MigrationChange, field: Any) -> Problems:
    """What makes PostgreSQL go through all rows, where it adds most columns at once."""
    locked, default, python_default = f"{change.table} is locked while", _db_default(field), change.operation.field
    if _is_auto(field) or (_is_generated(field) and field.db_persist):
        yield unsafe(f"{locked} each row is written anew", "add it null=True, and fill it in batches")
    if hasattr(default, "resolve_expression") and type(default).__name__ not in {"Value", "Now", "TransactionNow"}:
        yield unknown(f"{locked} each row is written anew, unless the default's function is not volatile")
    if field.db_index or field.unique:
        yield unsafe(f"{locked} the index is built", BY_INDEX if field.unique else CONCURRENTLY)
    if field.db_parameters(change.database.connection)["check"]:
        yield unsafe(f"{locked} each row is checked", f"a field without a check; then {BY_STEPS}")
    filled = default is not None or (python_default.has_default() and python_default.default is not None)
    if _is_reference(field) and filled:
        yield unsafe(f"{locked} each reference is checked", "add it null=True and without a default")


def alter_field(change: MigrationChange) -> Problems:
    """A column's name or type, or what it takes; no more than what Django takes for a change of the column."""
    old, new = change.model.get_field(change.operation.name), change.changed.get_field(change.operation.name)
    connection = change.database.connection
    yield from gone(change)
    if old.many_to_many or old.column is None:
        return
    if connection.schema_editor()._field_should_be_altered(old, new):
        yield from _refused_writes(connection, old, new)
        yield from _changed_type(connection, old, new)
        yield from _locks_to_alter(connection, old, new) if change.has_rows else ()


def _refused_writes(connection: Any, old: Any, new: Any) -> Problems:
    """What the running release may write, and the database would take no longer."""
    may, name = "the running release may write", _named(new)
    if old.null and not new.null:
        yield unsafe(f"{may} NULL to {name}", f"{KEPT}AlterField")
    if (new.unique and not old.unique) or new.primary_key != old.primary_key:
        yield unsafe(
            f"{may} a value of {name} twice, and the table is locked while the index is built", KEPT + BY_INDEX
        )
    check = new.db_parameters(connection)["check"]
    if check and check != old.db_parameters(connection)["check"]:
        yield unsafe(f"{may} what the check of {name} refuses, and the table is locked for it", KEPT + BY_STEPS)
    if _is_reference(new) and (not _is_reference(old) or _referred(old) != _referred(new)):
        yield unsafe(f"{may} to {name} what refers to nothing, and the table is locked while it is checked", NEW_FIELD)
    if _db_default(old) is not None and _db_default(new) is None:
        yield unsafe(f"the running release leaves {name} to its db_default", f"drop that {LATER}")


def _changed_type(connection: Any, old: Any, new: Any) -> Problems:
    """PostgreSQL writes a table anew for most changes of a type, and the running release expects the old one."""
    was, now = (_column_type(connection, field) for field in (old, new))
    if was != now and not (was[1:] == now[1:] and widens(was[0], now[0]) and not new.primary_key):
        changes = f"{_named(new)} changes from {' '.join(filter(None, was))} to {' '.join(filter(None, now))}"
        yield unsafe(f"{changes}: its table is locked while rows are written anew, and it may refuse values", NEW_FIELD)


def _locks_to_alter(connection: Any, old: Any, new: Any) -> Problems:
    """Indexes and references that Django makes anew."""
    was_indexed, is_indexed = (field.db_index or field.unique for field in (old, new))
    was_text, is_text = (_column_type(connection, field)[0].startswith("varchar") for field in (old, new))
    if is_indexed and ((was_text and not is_text) or not (was_indexed or new.unique)):
        yield unsafe(f"the table is locked while the index of {_named(new)} is built", CONCURRENTLY)
    if _is_reference(old) and _is_reference(new) and _referred(old) == _referred(new):
        yield unsafe(f"the table is locked while Django makes the reference {_named(new)} anew", NEW_FIELD)


_WIDTH = re.compile(r"(varchar|numeric|decimal)(?:\((\d+)(?:, *(\d+))?\))?")


def widens(old: str, new: str) -> bool:
    """Whether a type takes all that another did, without a row being written anew."""
    was, now = _WIDTH.fullmatch(old), _WIDTH.fullmatch(new)
    if was and was[1] == "varchar" and new == "text":
        return True
    if not (was and now) or was[1] != now[1]:
        return False
    return now[2] is None or (was[3] == now[3] and was[2] is not None and int(was[2]) <= int(now[2]))


def add_index(change: MigrationChange) -> Problems:
    """PostgreSQL lets nobody write while it builds an index, unless told CONCURRENTLY."""
    if (change.kind == "AddIndex" or change.added("index_together")) and change.has_rows:
        yield unsafe(f"nobody can write to {change.table} while the index is built", CONCURRENTLY)


def add_constraint(change: MigrationChange) -> Problems:
    """The running release does not know the rule, and waits while all rows are held against it."""
    if change.kind == "AddConstraint" or change.added("unique_together"):
        is_check = type(getattr(change.operation, "constraint", None)).__name__ == "CheckConstraint"
        why = f"{change.table} is locked while it is checked, and the running release may write what breaks the rule"
        yield unsafe(why, KEPT + (BY_STEPS if is_check else BY_INDEX))


def add_constraint_not_valid(change: MigrationChange) -> Problems:
    """The rows are left alone, but what is written is not."""
    yield unknown(f"nothing tells here whether the running release keeps this rule when it writes to {change.table}")


def validate_constraint(change: MigrationChange) -> Problems:
    """It locks nobody out, unless its transaction has locked the table already."""
    others = {type(operation).__name__ for operation in change.migration.operations}
    if change.migration.atomic and "AddConstraintNotValid" in others and change.has_rows:
        yield unsafe(f"the same migration has locked {change.table}", "ValidateConstraint in a migration of its own")


def order_with_respect_to(change: MigrationChange) -> Problems:
    """Django drops a column _order, or adds one that is NOT NULL."""
    yield from gone(change)
    if change.changed.order_with_respect_to and not change.model.order_with_respect_to:
        yield unsafe(f"the running release's INSERTs leave out {change.table}._order, which is NOT NULL", FILLED)


def run(change: MigrationChange) -> Problems:
    """Code, or statements, unless there are none."""
    operation = change.operation
    if operation.code is not operation.noop if change.rule == "RunPython" else operation.sql:
        yield from other(change)


def other(change: MigrationChange) -> Problems:
    """Also an operation of the product's or of a package, or one of Django's that has no rule."""
    yield unknown(f"nothing tells here whether the running release can live with this {change.kind}")


def state_only(change: MigrationChange) -> Problems:
    """A field that Django forgets, and the database does not."""
    model = change.before.models.get((change.migration.app_label, getattr(change.operation, "model_name", "").lower()))
    field = model and change.kind == "RemoveField" and model.fields.get(change.operation.name)
    if field and not (field.many_to_many or field.null or _filled_by_database(field)):
        column = f"{change.operation.model_name}.{change.operation.name}"
        instead = "in the same migration, before: AlterField to null=True or to a db_default, as a database operation"
        yield unsafe(f"the new release's INSERTs leave out {column}, which stays in the database, NOT NULL", instead)


RULES: dict[str, Rule] = {
    **dict.fromkeys(("CreateModel", "AlterModelOptions", "AlterModelManagers", "AlterModelTableComment"), nothing),
    **dict.fromkeys(("RemoveIndex", "RemoveIndexConcurrently", "RenameIndex", "AddIndexConcurrently"), nothing),
    **dict.fromkeys(("RemoveConstraint", "AlterConstraint", "CreateExtension", "CreateCollation"), nothing),
    **dict.fromkeys(("DeleteModel", "RenameModel", "AlterModelTable", "RemoveField", "RenameField"), gone),
    **dict.fromkeys(("AddIndex", "AlterIndexTogether"), add_index),
    **dict.fromkeys(("AddConstraint", "AlterUniqueTogether"), add_constraint),
    **dict.fromkeys(("RunPython", "RunSQL"), run),
    "AddField": add_field,
    "AlterField": alter_field,
    "AlterOrderWithRespectTo": order_with_respect_to,
    "AddConstraintNotValid": add_constraint_not_valid,
    "ValidateConstraint": validate_constraint,
}


# --- What a field says ---


def _filled_by_database(field: Any) -> bool:
    return _db_default(field) is not None or _is_generated(field) or _is_auto(field)


def _db_default(field: Any) -> Any:
    value = getattr(field, "db_default", None)  # Django 5.0 and later
    return None if value is _django("db.models").NOT_PROVIDED else value


def _is_generated(field: Any) -> bool:
    return bool(getattr(field, "generated", False))  # Django 5.0 and later


def _is_auto(field: Any) -> bool:
    return str(field.get_internal_type()).endswith("AutoField")


def _is_reference(field: Any) -> bool:
    return bool(field.remote_field and field.db_constraint)


def _referred(field: Any) -> tuple[str, str]:
    return field.target_field.model._meta.db_table, field.target_field.column


def _column_type(connection: Any, field: Any) -> tuple[str, ...]:
    collation = field.db_parameters(connection).get("collation")
    return field.db_type(connection) or "", field.db_type_suffix(connection) or "", collation or ""


def _named(field: Any) -> str:
    return f"{field.model._meta.db_table}.{field.column}"


# --- The plan, one operation after another ---


def plan(connection: Any) -> list[Document]:
    """Django's plan to the newest migrations, as `migrate` would run it, with a verdict for each operation."""
    executor = _django("db.migrations.executor").MigrationExecutor(connection)
    executor.loader.check_consistent_history(connection)
    if conflicts := executor.loader.detect_conflicts():
        several = "; ".join(f"{app} ({', '.join(sorted(names))})" for app, names in sorted(conflicts.items()))
        raise UntoldError(f"apps with more than one newest migration: {several}; run makemigrations --merge")
    steps = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    state = executor._create_project_state(with_applied_migrations=True)
    database = DatabaseBefore(connection, state, applied=bool(executor.loader.applied_migrations))
    return [
        {"app": step.app_label, "name": step.name, "operations": [*_operations(database, step, state)]}
        for step in steps
    ]


def _operations(database: DatabaseBefore, migration: Any, state: Any) -> Iterator[Document]:
    """The operations of a migration; the state goes on with them."""
    with failing(f"{migration.app_label}.{migration.name} cannot be judged"):
        for operation in migration.operations:
            yield from _judged(MigrationChange(database, migration, operation, state.clone(), state))


def _judged(change: MigrationChange) -> Iterator[Document]:
    """One operation, or each of those that SeparateDatabaseAndState holds."""
    database, migration, operation = change.database, change.migration, change.operation
    operation.state_forwards(migration.app_label, change.after)
    if change.rule != "SeparateDatabaseAndState":
        yield _entry(change, RULES.get(change.rule, other))
        return
    state = change.before.clone()
    for inner in operation.database_operations:
        yield from _judged(MigrationChange(database, migration, inner, state.clone(), state))
    for inner in operation.state_operations:
        yield _entry(MigrationChange(database, migration, inner, state, change.after), state_only)


def _entry(change: MigrationChange, rule: Rule) -> Document:
    verdict, why = weighed(change, rule)
    what = f"{change.operation.describe()}{' (state only)' if rule is state_only else ''}"
    return {"what": what, "kind": change.kind, "verdict": verdict, "why": why}


def weighed(change: MigrationChange, rule: Rule) -> MigrationVerdict:
    """The worst that a rule finds, unless nobody can be disturbed or the author has vouched for it."""
    if undisturbed := "" if rule is state_only else nobody_is_disturbed(change):
        return MigrationVerdict("safe", undisturbed)
    if not (found := [*rule(change)]):
        return MigrationVerdict("safe", "")
    if word := vouched(change):
        return MigrationVerdict("safe", f"vouched for: {word}")
    verdict = "unsafe" if any(problem.verdict == "unsafe" for problem in found) else "unknown"
    if verdict == "unknown" and not change.database.applied:
        return MigrationVerdict("safe", "nothing was ever migrated here, so no release runs on this database")
    return MigrationVerdict(verdict, "; also: ".join(problem.why for problem in found))


def nobody_is_disturbed(change: MigrationChange) -> str:
    """Why an operation is safe whatever its rule says, if it is."""
    operation, alias, elsewhere = change.operation, change.database.connection.alias, "it does not run on this database"
    if change.rule in {"RunPython", "RunSQL"}:
        allowed = _django("db").router.allow_migrate(alias, change.migration.app_label, **operation.hints)
        return "" if allowed else elsewhere
    is_of_a_model = hasattr(operation, "model_name") or hasattr(operation, "name_lower")
    if not is_of_a_model or change.rule in {"", "CreateModel"}:
        return ""
    if not operation.allow_migrate_model(alias, change.model.model):
        return elsewhere
    is_new = change.table.casefold() not in change.database.tables
    return "these migrations make the table, and no release uses it yet" if is_new else ""


def vouched(change: MigrationChange) -> str:
    """The author's word: in the hints of an operation, on it, on the migration, or in the settings."""
    operation, migration, settings = change.operation, change.migration, _django("conf").settings
    hints: dict[str, Any] = getattr(operation, "hints", None) or {}
    of_packages: dict[str, Any] = getattr(settings, "KKINFRA_SAFE_MIGRATIONS", {})
    words = [
        hints.get("kkinfra_safe"),
        *(getattr(holder, "kkinfra_safe", None) for holder in (operation, migration)),
        of_packages.get(f"{migration.app_label}.{migration.name}"),
    ]
    return next((str(word) for word in words if word), "")


# --- The answer ---


def tell() -> Document:
    """The whole document; raises UntoldError."""
    sys.path.insert(0, str(Path.cwd()))
    with failing("the settings do not load"):
        django: Any = import_module("django")
        django.setup()
    with failing("the database cannot be reached"):
        connection = _django("db").connections[DATABASE]
        _hasten(connection)
        connection.ensure_connection()
    with failing("the migrations cannot be planned"):
        return {"django": django.get_version(), "migrations": plan(connection)}


def _hasten(connection: Any) -> None:
    """Neither wait long for a server, nor fill a pool."""
    options = connection.settings_dict["OPTIONS"]
    options.pop("pool", None)
    if connection.vendor in {"postgresql", "mysql"}:
        options.setdefault("connect_timeout", CONNECT_SECONDS)


@contextmanager
def failing(what: str) -> Generator[None, None, None]:
    """Give an error of the product, or of Django, its place in the answer."""
    try:
        yield
    except UntoldError:
        raise
    except (Exception, SystemExit) as error:
        here = Path.cwd()
        own = [frame for frame in extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(here)]
        where = f" ({Path(own[-1].filename).relative_to(here)}:{own[-1].lineno})" if own else ""
        raise UntoldError(f"{what}: {type(error).__name__}: {error}{where}") from error


def _django(module: str) -> Any:
    """A module of Django's, which is not there where this file is checked."""
    return import_module(f"django.{module}")


_ANSWERING = Lock()


def answer(output: int, status: int, document: Document) -> None:
    """Write the only line, and end before anything can follow it; who comes second waits for that."""
    _ANSWERING.acquire()
    with suppress(Exception):
        sys.stdout.flush()
    with os.fdopen(output, "w") as stream:
        stream.write(f"{json.dumps({'format': FORMAT, **document})}\n")
    os._exit(status)


def main() -> None:
    """Answer in time, and send all else that is printed to the standard error."""
    output = os.dup(1)
    os.dup2(2, 1)
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    late = {"error": f"Django and its database gave no answer in {seconds:g} seconds"}
    timer = Timer(seconds, answer, (output, COULD_NOT_TELL, late))
    timer.daemon = True
    timer.start()
    try:
        told = tell()
    except UntoldError as error:
        answer(output, COULD_NOT_TELL, {"error": str(error)})
    else:
        answer(output, 0, told)


if __name__ == "__main__":
    main()
