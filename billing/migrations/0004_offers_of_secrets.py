"""What opens a locked lorebook entry or greeting is a kind of offer of its own."""

from django.db import migrations, models

KINDS = [
    ("storyline", "Hidden storyline"),
    ("voice", "Voice"),
    ("outfit", "Outfit"),
    ("gift", "Gift"),
    ("secret", "Secret"),
]


class Migration(migrations.Migration):
    dependencies = [("billing", "0003_check_that_legs_sum_to_zero")]

    operations = [
        migrations.AlterField(model_name="offer", name="kind", field=models.CharField(choices=KINDS, max_length=20)),
    ]
