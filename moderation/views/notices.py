"""What a person was told: decisions about theirs, answers to their reports."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from moderation import services
from moderation.models import Notice


@login_required
@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    mine = Notice.objects.owned_by(request.user).order_by("-created_at")
    page = Paginator(mine, 20).get_page(request.GET.get("page"))
    return render(request, "moderation/notice_list.html", {"page": page})


@login_required
@require_POST
def mark_read(request: HttpRequest) -> HttpResponse:
    services.mark_notices_read(request.user)  # type: ignore[arg-type]
    return redirect("moderation:notices")
