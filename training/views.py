"""The workbench: bad cases, one label each."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from accounts.permissions import trainer_required
from training import services
from training.forms import LabelForm
from training.models import Label


@trainer_required
@require_GET
def workbench(request: HttpRequest) -> HttpResponse:
    cases = services.bad_cases(request.user)  # type: ignore[arg-type]
    page = Paginator(cases, 20).get_page(request.GET.get("page"))
    mine = {label.message_id: label for label in Label.objects.filter(trainer=request.user.pk, message__in=list(page))}
    rows = [
        (reply, LabelForm(instance=mine.get(reply.pk), prefix=str(reply.public_id)), reply.pk in mine) for reply in page
    ]
    return render(request, "training/workbench.html", {"page": page, "rows": rows})


@trainer_required
@require_POST
def label(request: HttpRequest, public_id: UUID) -> HttpResponse:
    reply = get_object_or_404(services.bad_cases(request.user), public_id=public_id)  # type: ignore[arg-type]
    form = LabelForm(request.POST, prefix=str(public_id))
    if form.is_valid():
        services.label_reply(request.user, reply, **form.cleaned_data)  # type: ignore[arg-type]
        messages.success(request, _("Written down."))
    else:
        messages.error(request, _("Choose what it is, then save again."))
    return redirect("training:workbench")
