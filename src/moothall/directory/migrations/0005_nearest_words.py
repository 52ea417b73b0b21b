from django.contrib.postgres.operations import CreateExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("directory", "0004_services")]

    operations = [CreateExtension("fuzzystrmatch")]
