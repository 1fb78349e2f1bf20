"""Evidence and decisions are written once: UPDATE is refused by the database itself, DELETE of decisions too.

Evidence may be deleted (its time of retention ends), never altered. SQLite rebuilds a table to alter it
and loses its triggers: a later migration that alters one of the two must make them again.
"""

from django.db import migrations

RULES = (("moderation_snapshot", "UPDATE"), ("moderation_decision", "UPDATE"), ("moderation_decision", "DELETE"))

POSTGRES_FUNCTION = """
CREATE FUNCTION moderation_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'append-only: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""


def forwards(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor == "postgresql":
        schema_editor.execute(POSTGRES_FUNCTION, params=None)  # its % signs are no placeholders
    for table, verb in RULES:
        name = f"{table}_no_{verb.lower()}"
        if vendor == "postgresql":
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION moderation_refuse_change()"
            )
        elif vendor == "sqlite":
            schema_editor.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'append-only: {verb} on {table} refused'); END"
            )
        else:
            raise NotImplementedError(f"no append-only trigger is written for {vendor}")


def backwards(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for table, verb in RULES:
        name = f"{table}_no_{verb.lower()}"
        on = f" ON {table}" if vendor == "postgresql" else ""
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
    if vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION IF EXISTS moderation_refuse_change()")


class Migration(migrations.Migration):
    dependencies = [("moderation", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards, elidable=False)]
