from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0015_privacy"),
    ]

    operations = [
        migrations.AddField(
            model_name="token",
            name="used",
            field=models.DateTimeField(null=True),
        ),
    ]
