"""People without mail sign in by a name; with mail, by their address. Nobody could sign in before this, but rows are moved all the same."""

import django.utils.timezone
from django.db import migrations, models
from django.db.models.functions import Lower


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RemoveConstraint("user", "user_email_once_in_any_case"),
        migrations.AlterField("user", "email", models.EmailField(blank=True, max_length=254)),
        migrations.AlterField("user", "joined_at", models.DateTimeField(default=django.utils.timezone.now)),
        migrations.AddField("user", "sign_in_name", models.CharField(max_length=40, null=True)),
        migrations.RunSQL("UPDATE accounts_user SET sign_in_name = 'moved-' || id", migrations.RunSQL.noop),
        migrations.AlterField("user", "sign_in_name", models.CharField(max_length=40, unique=True)),
        migrations.AddConstraint(
            "user",
            models.UniqueConstraint(Lower("email"), condition=~models.Q(email=""), name="user_email_once_in_any_case"),
        ),
        migrations.AddConstraint(
            "user", models.CheckConstraint(condition=~models.Q(sign_in_name=""), name="user_has_a_sign_in_name")
        ),
    ]
