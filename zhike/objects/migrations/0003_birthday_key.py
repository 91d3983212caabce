from django.db import migrations, models

SPELLING = {
    "postgresql": "to_char(\"birthday\", 'MM-DD')",
    "sqlite": 'substr("birthday", 6, 5)',
}


def fill(apps, editor):
    """Contacts that stand here already get the key of their birthday."""
    key = SPELLING[editor.connection.vendor]
    editor.execute(f'UPDATE "objects_contact" SET "birthday_key" = {key} WHERE "birthday" IS NOT NULL')


class Migration(migrations.Migration):
    dependencies = [("objects", "0002_day")]

    operations = [
        migrations.AddField("contact", "birthday_key", models.CharField(max_length=5, null=True)),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
