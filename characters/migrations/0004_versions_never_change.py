"""A version is frozen by the database's own hand: UPDATE of one is refused.

DELETE is left to the foreign keys: what is published, or what anybody talks to, is protected already. SQLite
rebuilds a table to alter it and loses its triggers on the way: a later migration that alters versions must make
this one again (a test says so if it forgets), and one that has to change rows drops it first.
"""

from django.db import migrations

TABLE = "characters_characterversion"

POSTGRES_FUNCTION = """
CREATE FUNCTION characters_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a published version never changes: % on % refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$
"""


def forwards(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    if vendor == "postgresql":
        schema_editor.execute(POSTGRES_FUNCTION, params=None)  # its % signs are no placeholders
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_frozen BEFORE UPDATE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION characters_refuse_change()"
        )
    elif vendor == "sqlite":
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_frozen BEFORE UPDATE ON {TABLE} "
            "BEGIN SELECT RAISE(ABORT, 'a published version never changes: UPDATE refused'); END"
        )
    else:
        raise NotImplementedError(f"no trigger that freezes versions is written for {vendor}")


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_frozen ON {TABLE}")
        schema_editor.execute("DROP FUNCTION IF EXISTS characters_refuse_change()")
    else:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {TABLE}_frozen")


class Migration(migrations.Migration):
    dependencies = [("characters", "0003_files_books_and_locks")]

    operations = [migrations.RunPython(forwards, backwards, elidable=False)]
