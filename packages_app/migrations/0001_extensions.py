from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    initial = True
    dependencies = [("accounts_app", "0002_tables_written_at_every_call")]
    operations = [TrigramExtension(), BtreeGinExtension()]
