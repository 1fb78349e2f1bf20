"""The statements that work on whole branches: one each, whatever their length, the same on both databases."""

from __future__ import annotations

# A message and all that hangs on it and still lives. Nothing that lives hangs on something deleted.
_LIVING = """
WITH RECURSIVE living(id) AS (
    SELECT id FROM chat_message WHERE id = %s AND deleted_at IS NULL
    UNION ALL
    SELECT m.id FROM chat_message m JOIN living ON m.parent_id = living.id WHERE m.deleted_at IS NULL
)
SELECT id FROM living
"""
COUNT_BRANCH = f"SELECT count(*) FROM chat_message WHERE role <> 'platform' AND id IN ({_LIVING})"  # noqa: S608
DELETE_BRANCH = f"UPDATE chat_message SET deleted_at = %s WHERE id IN ({_LIVING})"  # noqa: S608 - no value is in it
# What was deleted with a message has the same moment. What had been deleted before keeps its own. The moments are
# compared inside CASE, where no planner takes the index on them and reads the whole branch for each of its messages.
RESTORE_BRANCH = """
UPDATE chat_message SET deleted_at = NULL WHERE id IN (
    WITH RECURSIVE gone(id, at) AS (
        SELECT id, deleted_at FROM chat_message WHERE id = %s
        UNION ALL
        SELECT m.id, m.deleted_at FROM chat_message m JOIN gone ON m.parent_id = gone.id
        WHERE CASE WHEN m.deleted_at = gone.at THEN 1 ELSE 0 END = 1
    )
    SELECT id FROM gone
)
"""
IS_ON_PATH = """
WITH RECURSIVE up(id, parent_id, depth) AS (
    SELECT id, parent_id, depth FROM chat_message WHERE id = %s
    UNION ALL
    SELECT m.id, m.parent_id, m.depth FROM chat_message m JOIN up ON m.id = up.parent_id WHERE up.depth > %s
)
SELECT 1 FROM up WHERE id = %s
"""
