"""Operations on a table with one row, unless the case says otherwise, with the verdict on each."""

from __future__ import annotations

from typing import NamedTuple

BASE = """\
CreateModel("Owner", [
    ("id", models.BigAutoField(primary_key=True)),
]),
CreateModel("Thing", [
    ("id", models.BigAutoField(primary_key=True)),
    ("name", models.CharField(max_length=20)),
    ("label", models.CharField(max_length=20, db_index=True)),
    ("amount", models.IntegerField()),
    ("maybe", models.IntegerField(null=True)),
    ("price", models.DecimalField(max_digits=5, decimal_places=2)),
    ("owner", models.ForeignKey("Owner", models.CASCADE)),
    ("loose", models.ForeignKey("Owner", models.CASCADE, db_constraint=False, related_name="+")),
    ("code", models.CharField(max_length=20, unique=True)),
    ("counted", models.IntegerField(db_default=0)),
    ("tags", models.ManyToManyField("Owner", related_name="+")),
]),
CreateModel("Kept", [
    ("id", models.BigAutoField(primary_key=True)),
], options={"db_table": "%(app)s_kept_as_it_is"}),
CreateModel("Foreign", [
    ("id", models.BigAutoField(primary_key=True)),
    ("name", models.CharField(max_length=20)),
], options={"managed": False}),
CreateModel("Plain", [("id", models.BigAutoField(primary_key=True))]),
CreateModel("Proxy", [], options={"proxy": True}, bases=("%(app)s.Plain",)),
AddIndex("thing", models.Index(fields=["amount"], name="%(app)s_amount")),
AddConstraint("thing", models.UniqueConstraint(fields=["amount", "name"], name="%(app)s_unique")),
AlterUniqueTogether("thing", {("name", "maybe")}),
"""
APPLIED = """\
CREATE TABLE django_migrations (id INTEGER PRIMARY KEY, app TEXT, name TEXT, applied TEXT);
"""
TABLES = """\
INSERT INTO django_migrations (app, name, applied) VALUES ('%(app)s', '0001_initial', '2026-01-01');
CREATE TABLE %(app)s_owner (id);
CREATE TABLE %(app)s_thing (id);
CREATE TABLE %(app)s_kept_as_it_is (id);
"""
ROW = "INSERT INTO %(app)s_thing VALUES (1);"


class Case(NamedTuple):
    """The operations of a second migration; each has a verdict, and the reasons hold these words."""

    operations: str
    verdicts: str
    words: str = ""
    rows: bool = True
    more: str = ""


def alter(name: str, field: str) -> str:
    return f"AlterField('thing', '{name}', models.{field}),"


def add(field: str, *, more: str = "") -> str:
    return f"AddField('thing', 'fresh', models.{field}{more}),"


def in_state(operation: str) -> str:
    return f"SeparateDatabaseAndState(state_operations=[{operation}]),"


NEW_CHECK = "models.CheckConstraint(condition=models.Q(amount__gte=0), name='new_check')"
UNIQUE = "models.UniqueConstraint(fields=['name'], name='new_unique')"
NEW_MODEL = (
    "CreateModel('New', [('id', models.BigAutoField(primary_key=True)), ('name', models.TextField(null=True))]),"
)
SAME_COLUMN = alter("amount", "IntegerField(db_column='amount')")
OWNER = "ForeignKey('Owner', models.CASCADE"

DOES_NOTHING = "'state_forwards': lambda *_: None, 'database_forwards': lambda *_: None"

CASES = {
    # tables
    "create_model": Case(NEW_MODEL, "safe"),
    "delete_model": Case("DeleteModel('Thing'),", "unsafe", "still reads {app}_thing, {app}_thing_tags"),
    "delete_new_model": Case(f"{NEW_MODEL} DeleteModel('New'),", "safe safe", "no release uses it yet"),
    "delete_unmanaged_model": Case("DeleteModel('Foreign'),", "safe", "does not run on this database"),
    "delete_proxy": Case("DeleteModel('Proxy'),", "safe"),
    "rename_model": Case("RenameModel('Thing', 'Item'),", "unsafe", "Meta.db_table"),
    "rename_model_not_its_table": Case("RenameModel('Kept', 'Held'),", "safe"),
    "rename_new_model": Case(f"{NEW_MODEL} RenameModel('New', 'Newer'),", "safe safe"),
    "rename_target_of_tags": Case(
        "AlterModelTable('owner', '{app}_owner'), RenameModel('Owner', 'Person'),", "safe unsafe", "_tags.owner_id"
    ),
    "swap_tables": Case(
        f"{NEW_MODEL} DeleteModel('Kept'), RenameModel('New', 'Kept'),"
        "AlterModelTable('kept', '{app}_kept_as_it_is'), AddField('kept', 'size', models.IntegerField()),",
        "safe unsafe safe safe unsafe",
    ),
    "alter_model_table": Case("AlterModelTable('thing', 'things'),", "unsafe", "still reads {app}_thing"),
    "alter_model_table_to_the_same": Case("AlterModelTable('thing', '{app}_thing'),", "safe"),
    "table_comment": Case("AlterModelTableComment('thing', 'what there is'),", "safe"),
    "options": Case(
        "AlterModelOptions('thing', {'ordering': ['name']}), AlterModelManagers('thing', []),", "safe safe"
    ),
    # columns that go
    "remove_field": Case("RemoveField('thing', 'amount'),", "unsafe", "reads {app}_thing.amount; do instead: release"),
    "remove_new_field": Case(f"{add('TextField(null=True)')} RemoveField('thing', 'fresh'),", "safe safe"),
    "remove_tags": Case("RemoveField('thing', 'tags'),", "unsafe", "{app}_thing_tags"),
    "remove_field_of_unmanaged": Case("RemoveField('foreign', 'name'),", "safe"),
    "rename_field": Case("RenameField('thing', 'name', 'title'),", "unsafe", "db_column"),
    "rename_field_not_its_column": Case(f"{SAME_COLUMN} RenameField('thing', 'amount', 'size'),", "safe safe"),
    "rename_tags": Case("RenameField('thing', 'tags', 'marks'),", "unsafe"),
    "rename_column": Case(alter("amount", "IntegerField(db_column='size')"), "unsafe", "{app}_thing.amount"),
    # columns that come
    "add_nullable": Case(add("IntegerField(null=True)"), "safe"),
    "add_not_null": Case(add("IntegerField(default=1)"), "unsafe", "INSERTs leave out {app}_thing.fresh"),
    "add_not_null_once": Case(add("IntegerField(default=1)", more=", preserve_default=False"), "unsafe"),
    "add_not_null_to_an_empty_table": Case(add("IntegerField(default=1)"), "unsafe", rows=False),
    "add_not_null_in_new_table": Case(f"{NEW_MODEL} AddField('new', 'fresh', models.IntegerField()),", "safe safe"),
    "add_with_db_default": Case(add("IntegerField(db_default=1)"), "safe"),
    "add_with_now": Case(add("DateTimeField(db_default=Now())"), "safe"),
    "add_volatile": Case(add("FloatField(null=True, db_default=Random())"), "unknown", "not volatile"),
    "add_volatile_to_an_empty_table": Case(add("FloatField(null=True, db_default=Random())"), "safe", rows=False),
    "add_unique": Case(add("IntegerField(null=True, unique=True)"), "unsafe", "index"),
    "add_unique_to_an_empty_table": Case(add("IntegerField(null=True, unique=True)"), "safe", rows=False),
    "add_indexed": Case(add("IntegerField(null=True, db_index=True)"), "unsafe", "AddIndexConcurrently"),
    "add_indexed_to_an_empty_table": Case(add("IntegerField(null=True, db_index=True)"), "safe", rows=False),
    "add_with_check": Case(add("PositiveIntegerField(null=True)"), "unsafe", "each row is checked"),
    "add_with_check_to_an_empty_table": Case(add("PositiveIntegerField(null=True)"), "safe", rows=False),
    "add_reference": Case(add(f"{OWNER}, null=True, related_name='+')"), "unsafe", "the index is built"),
    "add_reference_without_index": Case(add(f"{OWNER}, null=True, db_index=False, related_name='+')"), "safe"),
    "add_reference_with_default": Case(
        add(f"{OWNER}, null=True, default=1, db_index=False, related_name='+')"), "unsafe", "each reference is checked"
    ),
    "add_tags": Case(add("ManyToManyField('Owner', related_name='+')"), "safe"),
    "add_stored": Case(
        add("GeneratedField(expression=models.F('amount') * 2, output_field=models.IntegerField(), db_persist=True)"),
        "unsafe",
        "written anew",
    ),
    "add_generated": Case(
        add("GeneratedField(expression=models.F('amount') * 2, output_field=models.IntegerField(), db_persist=False)"),
        "safe",
    ),
    "add_then_not_null": Case(
        f"{add('IntegerField(null=True)')} {alter('fresh', 'IntegerField(default=1)')}", "safe unsafe"
    ),
    # columns that change
    "alter_nothing": Case(alter("name", "CharField('name', max_length=20, blank=True, help_text='?')"), "safe"),
    "alter_to_not_null": Case(alter("maybe", "IntegerField()"), "unsafe", "may write NULL to {app}_thing.maybe"),
    "alter_to_null": Case(alter("amount", "IntegerField(null=True)"), "safe"),
    "alter_wider": Case(alter("name", "CharField(max_length=30)"), "safe"),
    "alter_narrower": Case(alter("name", "CharField(max_length=10)"), "unsafe", "from varchar(20) to varchar(10)"),
    "alter_to_text": Case(alter("name", "TextField()"), "safe"),
    "alter_indexed_to_text": Case(alter("label", "TextField(db_index=True)"), "unsafe", "index of {app}_thing.label"),
    "alter_indexed_wider": Case(alter("label", "CharField(max_length=30, db_index=True)"), "safe"),
    "alter_type": Case(alter("amount", "FloatField()"), "unsafe", "rows are written anew"),
    "alter_in_new_table": Case(f"{NEW_MODEL} AlterField('new', 'name', models.IntegerField()),", "safe safe"),
    "alter_to_unique": Case(alter("name", "CharField(max_length=20, unique=True)"), "unsafe", "twice"),
    "alter_to_not_unique": Case(alter("code", "CharField(max_length=20)"), "safe"),
    "alter_to_indexed": Case(alter("amount", "IntegerField(db_index=True)"), "unsafe", "Meta.indexes"),
    "alter_to_indexed_in_an_empty_table": Case(alter("amount", "IntegerField(db_index=True)"), "safe", rows=False),
    "alter_to_not_indexed": Case(alter("label", "CharField(max_length=20)"), "safe"),
    "alter_to_checked": Case(alter("amount", "PositiveIntegerField()"), "unsafe", "the check of {app}_thing.amount"),
    "alter_to_reference": Case(alter("loose", f"{OWNER}, related_name='+')"), "unsafe", "refers to nothing"),
    "alter_to_no_reference": Case(alter("owner", f"{OWNER}, db_constraint=False)"), "safe"),
    "alter_reference": Case(alter("owner", f"{OWNER}, null=True)"), "unsafe", "makes the reference"),
    "alter_reference_in_django_alone": Case(alter("owner", "ForeignKey('Owner', models.PROTECT)"), "safe"),
    "alter_what_is_referred_to": Case(alter("owner", "ForeignKey('Thing', models.CASCADE)"), "unsafe", "refers to"),
    "alter_db_default": Case(alter("counted", "IntegerField(db_default=1)"), "safe"),
    "drop_db_default": Case(alter("counted", "IntegerField()"), "unsafe", "to its db_default"),
    "add_db_default": Case(alter("amount", "IntegerField(db_default=1)"), "safe"),
    "alter_primary_key": Case("AlterField('kept', 'id', models.CharField(max_length=20, primary_key=True)),", "unsafe"),
    "alter_collation": Case(alter("name", "CharField(max_length=20, db_collation='nocase')"), "unsafe", "nocase"),
    "alter_tags_in_django_alone": Case(alter("tags", "ManyToManyField('Owner', blank=True, related_name='+')"), "safe"),
    "alter_tags": Case(alter("tags", "ManyToManyField('Kept', related_name='+')"), "unsafe", "_tags.owner_id"),
    # indexes and constraints
    "add_index": Case("AddIndex('thing', models.Index(fields=['name'], name='i')),", "unsafe", "nobody can write"),
    "add_index_to_an_empty_table": Case(
        "AddIndex('thing', models.Index(fields=['name'], name='i')),", "safe", rows=False
    ),
    "add_index_in_new_table": Case(
        f"{NEW_MODEL} AddIndex('new', models.Index(fields=['name'], name='i')),", "safe safe"
    ),
    "add_index_concurrently": Case(
        "postgres.AddIndexConcurrently('thing', models.Index(fields=['name'], name='i')),",
        "safe",
        more="atomic = False",
    ),
    "rename_index": Case("RenameIndex('thing', new_name='j', old_name='{app}_amount'),", "safe"),
    "remove_index": Case("RemoveIndex('thing', '{app}_amount'),", "safe"),
    "remove_index_concurrently": Case("postgres.RemoveIndexConcurrently('thing', '{app}_amount'),", "safe"),
    "add_check": Case(f"AddConstraint('thing', {NEW_CHECK}),", "unsafe", "AddConstraintNotValid"),
    "add_unique_constraint": Case(f"AddConstraint('thing', {UNIQUE}),", "unsafe", "CREATE UNIQUE INDEX CONCURRENTLY"),
    "add_unique_constraint_to_an_empty_table": Case(f"AddConstraint('thing', {UNIQUE}),", "unsafe", rows=False),
    "add_unique_constraint_in_new_table": Case(f"{NEW_MODEL} AddConstraint('new', {UNIQUE}),", "safe safe"),
    "remove_constraint": Case("RemoveConstraint('thing', '{app}_unique'),", "safe"),
    "add_check_not_valid": Case(f"postgres.AddConstraintNotValid('thing', {NEW_CHECK}),", "unknown", "keeps this rule"),
    "validate": Case("postgres.ValidateConstraint('thing', 'some_check'),", "safe"),
    "validate_at_once": Case(
        f"postgres.AddConstraintNotValid('thing', {NEW_CHECK}), postgres.ValidateConstraint('thing', 'new_check'),",
        "unknown unsafe",
        "a migration of its own",
    ),
    "more_unique_together": Case(
        "AlterUniqueTogether('thing', {('name', 'maybe'), ('name', 'label')}),", "unsafe", "breaks the rule"
    ),
    "less_unique_together": Case("AlterUniqueTogether('thing', set()),", "safe"),
    "index_together": Case("AlterIndexTogether('thing', {('name', 'maybe')}),", "unsafe", "index is built"),
    "index_together_of_an_empty_table": Case("AlterIndexTogether('thing', {('name', 'maybe')}),", "safe", rows=False),
    "ordered": Case("AlterOrderWithRespectTo('thing', 'owner'),", "unsafe", "_order, which is NOT NULL"),
    "ordered_new_table": Case(
        "CreateModel('New', [('id', models.BigAutoField(primary_key=True)),"
        "('owner', models.ForeignKey('Owner', models.CASCADE))]), AlterOrderWithRespectTo('new', 'owner'),",
        "safe safe",
    ),
    "extension": Case("postgres.TrigramExtension(), postgres.CreateExtension('ltree'),", "safe safe"),
    "collation": Case("postgres.CreateCollation('c', 'C'),", "safe"),
    "remove_collation": Case("postgres.RemoveCollation('c', 'C'),", "unknown"),
    # what cannot be told
    "run_python": Case("RunPython(print),", "unknown", "this RunPython"),
    "run_python_noop": Case("RunPython(RunPython.noop),", "safe"),
    "run_python_vouched": Case("RunPython(print, hints={'kkinfra_safe': 'it prints'}),", "safe", "it prints"),
    "run_python_not_vouched": Case("RunPython(print, hints={'kkinfra_safe': ''}),", "unknown"),
    "run_sql": Case("RunSQL('SELECT 1'),", "unknown", "this RunSQL"),
    "run_sql_noop": Case("RunSQL(RunSQL.noop), RunSQL([]),", "safe safe"),
    "run_sql_vouched": Case("RunSQL('SELECT 1', hints={'kkinfra_safe': True}),", "safe", "vouched for: True"),
    "own_operation": Case(f"type('Own', (operations.base.Operation,), {{{DOES_NOTHING}}})(),", "unknown", "this Own"),
    "own_operation_vouched": Case(
        f"type('Own', (operations.base.Operation,), {{{DOES_NOTHING}, 'kkinfra_safe': 'does nothing'}})(),",
        "safe",
        "vouched for: does nothing",
    ),
    "own_kind_of_a_known_one": Case("type('CreateModel', (RunSQL,), {})('SELECT 1'),", "unknown"),
    "vouched_migration": Case(
        "RemoveField('thing', 'amount'), RunPython(print),",
        "safe safe",
        "vouched for: nobody has read it since 1.4",
        more="kkinfra_safe = 'nobody has read it since 1.4'",
    ),
    # the database and Django's state apart
    "state_alone": Case(in_state("DeleteModel('Kept')"), "safe"),
    "state_without_nullable_field": Case(in_state("RemoveField('thing', 'maybe')"), "safe"),
    "state_without_filled_field": Case(in_state("RemoveField('thing', 'counted')"), "safe"),
    "state_without_tags": Case(in_state("RemoveField('thing', 'tags')"), "safe"),
    "state_without_not_null_field": Case(
        in_state("RemoveField('thing', 'amount')"), "unsafe", "the new release's INSERTs leave out thing.amount"
    ),
    "state_without_field_made_null": Case(
        f"SeparateDatabaseAndState([{alter('amount', 'IntegerField(null=True)')}], [RemoveField('thing', 'amount')]),",
        "safe safe",
    ),
    "database_alone": Case("SeparateDatabaseAndState([RemoveField('thing', 'amount')]),", "unsafe"),
    "database_and_state": Case(
        "SeparateDatabaseAndState([RunSQL('DROP ...', hints={'kkinfra_safe': 'unread'})],"
        "[RemoveField('thing', 'maybe')]),",
        "safe safe",
    ),
}
