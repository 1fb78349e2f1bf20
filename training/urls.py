from __future__ import annotations

from django.urls import path

from training import views

app_name = "training"

urlpatterns = [
    path("", views.workbench, name="workbench"),
    path("replies/<uuid:public_id>/label/", views.label, name="label"),
]
