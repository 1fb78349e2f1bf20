from __future__ import annotations

from django.urls import path

from moderation.api import views

app_name = "moderation"

urlpatterns = [
    path("reports/", views.ReportListView.as_view(), name="reports"),
    path("notices/", views.NoticeListView.as_view(), name="notices"),
    path("cases/", views.CaseListView.as_view(), name="cases"),
]
