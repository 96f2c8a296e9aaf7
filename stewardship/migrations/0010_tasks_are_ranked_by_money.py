"""The inbox is ranked by money at stake, doubt and age; a generated column is made anew."""

import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.math
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('stewardship', '0009_what_was_closed_stays'),
    ]

    operations = [
        migrations.AddField(
            model_name='stewardshiptask',
            name='at_stake',
            field=models.JSONField(help_text='Exposure of what it is about, by currency; null before it is weighed', null=True),
        ),
        migrations.AddField(
            model_name='stewardshiptask',
            name='most_at_stake',
            field=models.FloatField(db_default=0.0, help_text='The largest of these amounts, whatever its currency'),
        ),
        migrations.RemoveIndex(model_name='stewardshiptask', name='open_tasks_by_rank'),
        migrations.RemoveIndex(model_name='stewardshiptask', name='open_tasks_of_a_domain'),
        migrations.RemoveIndex(model_name='stewardshiptask', name='open_tasks_of_a_kind'),
        migrations.RemoveIndex(model_name='stewardshiptask', name='open_tasks_of_a_person'),
        migrations.RemoveField(model_name='stewardshiptask', name='rank'),
        migrations.AddField(
            model_name='stewardshiptask',
            name='rank',
            field=models.GeneratedField(db_persist=True, expression=django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.Case(models.When(kind__in=('contradiction', 'suspect_cluster', 'contested_rate'), then=1000000.0), default=2000000.0), '+', django.db.models.expressions.CombinedExpression(models.Func(models.F('opened_at'), output_field=models.FloatField(), template="extract(epoch FROM %(expressions)s - timestamptz '2026-01-01 00:00+00') / 86400.0"), '/', models.Value(10.0))), '-', django.db.models.expressions.CombinedExpression(django.db.models.functions.math.Ln(django.db.models.expressions.CombinedExpression(models.Value(1.0), '+', models.F('most_at_stake')), output_field=models.FloatField()), '/', models.Value(2.302585092994046))), '-', django.db.models.expressions.CombinedExpression(django.db.models.functions.math.Ln(models.Case(models.When(match_weight=None, then=1.0), default=django.db.models.functions.comparison.Greatest(django.db.models.expressions.CombinedExpression(models.Value(1.0), '-', django.db.models.functions.math.Abs(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.Value(2.0), '*', django.db.models.expressions.CombinedExpression(models.Value(1.0), '/', django.db.models.expressions.CombinedExpression(models.Value(1.0), '+', django.db.models.functions.math.Power(2.0, django.db.models.functions.comparison.Least(django.db.models.functions.comparison.Greatest(django.db.models.expressions.CombinedExpression(models.F('match_weight'), '*', models.Value(-1)), -60.0), 60.0))))), '-', models.Value(1.0)))), 0.001)), output_field=models.FloatField()), '/', models.Value(2.302585092994046))), output_field=models.FloatField()),
        ),
        migrations.AddIndex(
            model_name='stewardshiptask',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['rank', 'id'], name='open_tasks_by_rank'),
        ),
        migrations.AddIndex(
            model_name='stewardshiptask',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['domain', 'rank', 'id'], name='open_tasks_of_a_domain'),
        ),
        migrations.AddIndex(
            model_name='stewardshiptask',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['kind', 'rank', 'id'], name='open_tasks_of_a_kind'),
        ),
        migrations.AddIndex(
            model_name='stewardshiptask',
            index=models.Index(condition=models.Q(('state', 'open'), models.Q(('assignee', ''), _negated=True)), fields=['assignee', 'rank', 'id'], name='open_tasks_of_a_person'),
        ),
        migrations.AddIndex(
            model_name='stewardshiptask',
            index=models.Index(condition=models.Q(('state', 'open'), ('at_stake__isnull', True)), fields=['domain'], name='open_tasks_to_weigh'),
        ),
    ]
