"""At commit PostgreSQL checks itself that a transaction's legs sum to zero in every unit, whoever wrote them.

SQLite has no deferrable triggers; there `ledger.post()` checks before it writes and `manage.py ledger verify`
(I-1) after.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION billing_check_zero_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    odd record;
BEGIN
    SELECT account.unit, sum(entry.amount) AS left_over INTO odd
      FROM billing_entry entry JOIN billing_account account ON account.id = entry.account_id
     WHERE entry.transaction_id = NEW.transaction_id
     GROUP BY account.unit HAVING sum(entry.amount) <> 0 LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'legs of transaction % leave % % over', NEW.transaction_id, odd.left_over, odd.unit
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$
"""


def forwards(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute(FUNCTION, params=None)  # its % signs are no placeholders
    schema_editor.execute(
        "CREATE CONSTRAINT TRIGGER billing_entry_zero_sum AFTER INSERT ON billing_entry "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_check_zero_sum()"
    )


def backwards(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    schema_editor.execute("DROP TRIGGER IF EXISTS billing_entry_zero_sum ON billing_entry")
    schema_editor.execute("DROP FUNCTION IF EXISTS billing_check_zero_sum()")


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_refuse_changes_to_the_ledger")]

    operations = [migrations.RunPython(forwards, backwards, elidable=False)]
