

import companion_site.core.models
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0002_roles'),
        ('characters', '0002_search_index'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Conversation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('public_id', models.UUIDField(default=companion_site.core.models.new_public_id, editable=False, unique=True)),
                ('scene', models.CharField(default='story', max_length=20)),
                ('turns_count', models.PositiveIntegerField(default=0)),
                ('last_message_at', models.DateTimeField(blank=True, null=True)),
                ('archived_at', models.DateTimeField(blank=True, null=True)),
                ('character', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='conversations', to='characters.character')),
                ('fan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='conversations', to=settings.AUTH_USER_MODEL)),
                ('persona', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='accounts.persona')),
                ('version', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='characters.characterversion')),
            ],
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('public_id', models.UUIDField(default=companion_site.core.models.new_public_id, editable=False, unique=True)),
                ('role', models.CharField(choices=[('fan', 'Fan'), ('character', 'Character'), ('platform', 'Platform')], max_length=10)),
                ('status', models.CharField(choices=[('pending', 'Waiting'), ('streaming', 'Speaking'), ('complete', 'Complete'), ('blocked', 'Stopped by the safety check'), ('interrupted', 'Interrupted'), ('stopped', 'Stopped by the fan'), ('failed', 'Failed')], default='complete', max_length=12)),
                ('text', models.TextField(blank=True)),
                ('depth', models.PositiveIntegerField(default=0)),
                ('position', models.PositiveSmallIntegerField(default=0)),
                ('client_id', models.CharField(blank=True, max_length=64, null=True)),
                ('attempt', models.PositiveSmallIntegerField(default=1)),
                ('heartbeat_at', models.DateTimeField(blank=True, null=True)),
                ('edited_at', models.DateTimeField(blank=True, null=True)),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('scene', models.CharField(blank=True, max_length=20)),
                ('model', models.CharField(blank=True, max_length=120)),
                ('prompt_hash', models.CharField(blank=True, max_length=64)),
                ('seed', models.BigIntegerField(blank=True, null=True)),
                ('mood', models.JSONField(blank=True, default=dict)),
                ('trace', models.JSONField(blank=True, default=dict)),
                ('ooc_score', models.FloatField(blank=True, null=True)),
                ('error', models.CharField(blank=True, max_length=40)),
                ('rating', models.SmallIntegerField(default=0)),
                ('conversation', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='chat.conversation')),
                ('fan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('parent', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='children', to='chat.message')),
                ('version', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='characters.characterversion')),
            ],
        ),
        migrations.CreateModel(
            name='Memory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(auto_now_add=True, db_index=True)),
                ('updated_at', models.DateTimeField(auto_now=True)),
                ('public_id', models.UUIDField(default=companion_site.core.models.new_public_id, editable=False, unique=True)),
                ('kind', models.CharField(choices=[('health', 'Health'), ('like', 'Likes'), ('dislike', 'Dislikes'), ('plan', 'Plans'), ('person', 'People and pets'), ('self', 'About me'), ('event', 'What happened')], max_length=10)),
                ('text', models.CharField(max_length=120)),
                ('language', models.CharField(default='zh-Hans', max_length=10)),
                ('keywords', models.JSONField(default=list)),
                ('vector', models.BinaryField(blank=True, null=True)),
                ('told_at', models.DateTimeField()),
                ('due_on', models.DateField(blank=True, null=True)),
                ('recalled_at', models.DateTimeField(blank=True, null=True)),
                ('character', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='characters.character')),
                ('fan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memories', to=settings.AUTH_USER_MODEL)),
                ('message', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='memories', to='chat.message')),
            ],
            options={
                'verbose_name_plural': 'memories',
            },
        ),
        migrations.AddField(
            model_name='conversation',
            name='head',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='chat.message'),
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(condition=models.Q(('status__in', ['pending', 'streaming'])), fields=['heartbeat_at'], name='message_running'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(fields=('conversation', 'client_id'), name='client_id_once'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['pending', 'streaming'])), fields=('conversation',), name='one_turn_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('rating__in', [-1, 0, 1])), name='rating_is_a_thumb'),
        ),
        migrations.AddIndex(
            model_name='memory',
            index=models.Index(fields=['fan', 'character', '-told_at'], name='memory_by_recency'),
        ),
        migrations.AddConstraint(
            model_name='memory',
            constraint=models.UniqueConstraint(fields=('fan', 'character', 'kind', 'text'), name='one_fact_once'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(fields=['fan', '-last_message_at'], name='conversation_by_recency'),
        ),
    ]
