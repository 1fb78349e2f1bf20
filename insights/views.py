"""The night report."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from accounts.permissions import trainer_required
from insights.charts import bar_chart
from insights.readings import read_night

PERIODS = (7, 30, 90)


@trainer_required
@require_GET
def night(request: HttpRequest) -> HttpResponse:
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(period) for period in PERIODS} else PERIODS[0]
    report = read_night(days=days, zone=timezone.get_current_timezone())
    context = {
        "days": days,
        "periods": PERIODS,
        "report": report,
        "hours": bar_chart([(f"{hour:02d}", turns) for hour, turns in enumerate(report.turns_by_hour)]),
        "stays": bar_chart(report.turns_a_chat, width=420),
        "outcomes": bar_chart(report.replies_by_status, width=420),
    }
    return render(request, "insights/night.html", context)
