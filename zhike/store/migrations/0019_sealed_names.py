"""Names of stored files are sealed with the file's own data key, as its bytes are."""

from django.db import migrations, models

from zhike.store.home_vault import vault

PORTION = 500


def seal(apps, editor):
    """Seal the names that lie here in the clear."""
    blobs = apps.get_model("store", "Blob").objects
    after = 0
    while found := list(blobs.filter(id__gt=after).order_by("id").values_list("id", "name", "vault")[:PORTION]):
        for blob, name, wrapped in found:
            blobs.filter(id=blob).update(name=vault().sealer(blob, wrapped).seal("name", name))
        after = found[-1][0]


class Migration(migrations.Migration):
    dependencies = [("store", "0018_retention")]

    operations = [
        migrations.AlterField("blob", "name", models.TextField()),
        migrations.RunPython(seal, migrations.RunPython.noop),
    ]
