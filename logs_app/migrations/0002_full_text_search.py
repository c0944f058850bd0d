"""The full-text index of events, in the form each database has for it.

On SQLite a later migration that alters the table `events` makes the table anew and
loses the triggers with the old one: it must run `install` again.
"""

from django.db import migrations

SQLITE = [
    """
    CREATE VIRTUAL TABLE IF NOT EXISTS events_search USING fts5(
        event_type, agent_id, message,
        content='events', content_rowid='id', tokenize='unicode61'
    )
    """,
    """
    CREATE TRIGGER IF NOT EXISTS events_search_insert AFTER INSERT ON events BEGIN
        INSERT INTO events_search (rowid, event_type, agent_id, message)
        VALUES (new.id, new.event_type, new.agent_id, new.message);
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS events_search_delete AFTER DELETE ON events BEGIN
        INSERT INTO events_search (events_search, rowid, event_type, agent_id, message)
        VALUES ('delete', old.id, old.event_type, old.agent_id, old.message);
    END
    """,
    """
    CREATE TRIGGER IF NOT EXISTS events_search_update
    AFTER UPDATE OF event_type, agent_id, message ON events BEGIN
        INSERT INTO events_search (events_search, rowid, event_type, agent_id, message)
        VALUES ('delete', old.id, old.event_type, old.agent_id, old.message);
        INSERT INTO events_search (rowid, event_type, agent_id, message)
        VALUES (new.id, new.event_type, new.agent_id, new.message);
    END
    """,
    "INSERT INTO events_search (events_search) VALUES ('rebuild')",
]
SQLITE_BACK = [
    "DROP TRIGGER IF EXISTS events_search_update",
    "DROP TRIGGER IF EXISTS events_search_delete",
    "DROP TRIGGER IF EXISTS events_search_insert",
    "DROP TABLE IF EXISTS events_search",
]
# The expression is that of logs_app.search, where the query must repeat it.
POSTGRESQL = [
    """
    CREATE INDEX IF NOT EXISTS events_text ON events USING gin (
        to_tsvector('simple', regexp_replace(event_type || ' ' || coalesce(agent_id, '')
        || ' ' || message, '[^[:alnum:]]+', ' ', 'g'))
    )
    """
]
POSTGRESQL_BACK = ["DROP INDEX IF EXISTS events_text"]


def install(apps, schema_editor):
    _run(schema_editor, {"sqlite": SQLITE, "postgresql": POSTGRESQL})


def remove(apps, schema_editor):
    _run(schema_editor, {"sqlite": SQLITE_BACK, "postgresql": POSTGRESQL_BACK})


def _run(schema_editor, statements):
    for statement in statements[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [("logs_app", "0001_initial")]

    operations = [migrations.RunPython(install, remove)]
