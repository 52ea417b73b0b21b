"""Promises made before 0003 were given England's calendar: theirs is that of the organisation that owes them."""

from django.db import migrations

OF_OLD = """
UPDATE promises_promise AS promise SET division = organisation.division
FROM directory_organisation AS organisation
WHERE organisation.id = promise.organisation_id
  AND promise.made_at < (SELECT max(applied) FROM django_migrations WHERE app = 'promises' AND name = '0003_division')
"""


class Migration(migrations.Migration):
    dependencies = [("promises", "0004_missed_by")]
    operations = [migrations.RunSQL(OF_OLD, migrations.RunSQL.noop)]
