"""The night report counts and never quotes."""

from __future__ import annotations

from insights import services
from insights.charts import bar_chart
from insights.models import Event


def test_the_same_news_is_counted_once(fan):
    services.record(Event.Kind.OFFER_BOUGHT, subject="a", user_id=fan.pk, price_coins=60)
    services.record(Event.Kind.OFFER_BOUGHT, subject="a", user_id=fan.pk, price_coins=60)

    assert Event.objects.count() == 1


def test_bars_are_scaled_to_the_largest():
    chart = bar_chart([("a", 4), ("b", 1), ("c", 0)], width=300, height=100, gap=0.0)

    assert [(bar.x, bar.y, bar.height) for bar in chart.bars] == [
        (0.0, 0.0, 100.0),
        (100.0, 75.0, 25.0),
        (200.0, 100.0, 0.0),
    ]


def test_no_values_draw_no_bars():
    assert bar_chart([]).bars == ()


def test_trainers_read_the_nights_and_others_find_no_door(trainer_client, fan_client, client):
    assert trainer_client.get("/insights/?days=30").status_code == 200
    assert trainer_client.get("/insights/?days=999999").context["days"] == 7
    assert fan_client.get("/insights/").status_code == 404
    assert client.get("/insights/").status_code == 404


def test_the_report_asks_the_same_number_of_questions_however_much_happened(
    trainer_client, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        trainer_client.get("/insights/")
