from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("store", "0022_segment"),
    ]

    operations = [
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("job", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("body", models.TextField(null=True)),
            ],
        ),
    ]
