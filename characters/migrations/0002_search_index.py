"""The full-text index over the search documents: FTS5 on SQLite, GIN on PostgreSQL. The rows themselves are 0001's."""

from django.db import migrations

SQLITE = [
    """CREATE VIRTUAL TABLE characters_search USING fts5(
        names, tags, body, content='characters_searchdocument', content_rowid='character_id',
        tokenize='unicode61 remove_diacritics 0')""",
    """CREATE TRIGGER characters_search_added AFTER INSERT ON characters_searchdocument BEGIN
        INSERT INTO characters_search(rowid, names, tags, body)
        VALUES (new.character_id, new.names, new.tags, new.body);
    END""",
    """CREATE TRIGGER characters_search_removed AFTER DELETE ON characters_searchdocument BEGIN
        INSERT INTO characters_search(characters_search, rowid, names, tags, body)
        VALUES ('delete', old.character_id, old.names, old.tags, old.body);
    END""",
    """CREATE TRIGGER characters_search_changed AFTER UPDATE ON characters_searchdocument BEGIN
        INSERT INTO characters_search(characters_search, rowid, names, tags, body)
        VALUES ('delete', old.character_id, old.names, old.tags, old.body);
        INSERT INTO characters_search(rowid, names, tags, body)
        VALUES (new.character_id, new.names, new.tags, new.body);
    END""",
]
SQLITE_BACK = [
    "DROP TRIGGER characters_search_added",
    "DROP TRIGGER characters_search_removed",
    "DROP TRIGGER characters_search_changed",
    "DROP TABLE characters_search",
]
POSTGRESQL = [
    """CREATE INDEX characters_search ON characters_searchdocument USING gin ((
        setweight(to_tsvector('simple'::regconfig, names), 'A')
        || setweight(to_tsvector('simple'::regconfig, tags), 'B')
        || setweight(to_tsvector('simple'::regconfig, body), 'D')))""",
]
POSTGRESQL_BACK = ["DROP INDEX characters_search"]


def forwards(apps, schema_editor):
    for statement in {"sqlite": SQLITE, "postgresql": POSTGRESQL}.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement)


def backwards(apps, schema_editor):
    for statement in {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK}.get(schema_editor.connection.vendor, []):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("characters", "0001_initial")]

    operations = [migrations.RunPython(forwards, backwards)]
