from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0016_token_used"),
    ]

    operations = [
        migrations.AddField(
            model_name="blob",
            name="loose",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddIndex(
            model_name="blob",
            index=models.Index(condition=models.Q(("loose", True)), fields=["created"], name="blob_loose"),
        ),
    ]
