"""The desk: the queue, a case, a decision. It does not exist for anybody but moderators."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts.permissions import moderator_required
from companion_site.core.exceptions import DomainError
from moderation import policies, services, subjects
from moderation.evidence import marked_parts
from moderation.exceptions import CaseDecided, SubjectUnknown
from moderation.findings import Finding
from moderation.forms import DecisionForm, QueueForm
from moderation.models import Case, Snapshot
from moderation.subjects import Subject

PAGE_SIZE = 30


@moderator_required
@require_GET
def queue(request: HttpRequest) -> HttpResponse:
    form = QueueForm(request.GET)
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    cases = Case.objects.visible_to(request.user).open()
    rows = cases.filter(**wanted).annotate(reports_count=Count("reports")).by_urgency()
    counts = cases.aggregate(
        all=Count("pk"),
        grave=Count("pk", filter=Q(severity__gte=4)),
        review=Count("pk", filter=Q(source="review")),
    )
    query = "".join(f"{name}={value}&" for name, value in wanted.items())
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "moderation/case_list.html", {"page": page, "form": form, "counts": counts, "query": query})


@moderator_required
@require_http_methods(["GET", "POST"])
def case(request: HttpRequest, public_id: UUID) -> HttpResponse:
    found = get_object_or_404(Case.objects.visible_to(request.user), public_id=public_id)
    if request.method == "GET" or not found.is_open:
        return _page(request, found, DecisionForm(found))
    form = DecisionForm(found, request.POST)
    if form.is_valid():
        try:
            services.decide_case(request.user, found, **form.cleaned_data)  # type: ignore[arg-type]
        except CaseDecided:
            raise
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.detail))
        else:
            messages.success(request, _("Decided. Everybody concerned has been told."))
            return _next(found)
    return _page(request, found, form, status=422)


def _next(decided: Case) -> HttpResponse:
    following = Case.objects.open().exclude(pk=decided.pk).by_urgency().first()
    return redirect("moderation:case", following.public_id) if following else redirect("moderation:queue")


def _page(request: HttpRequest, found: Case, form: DecisionForm, *, status: int = 200) -> HttpResponse:
    snapshot = Snapshot.objects.filter(case=found).order_by("taken_at").first()
    evidence = snapshot.evidence if snapshot else {}
    findings = [Finding.from_dict(row) for row in found.findings]
    subject = _subject(found)
    context = {
        "case": found,
        "form": form,
        "evidence": evidence,
        "snapshot": snapshot,
        "parts": marked_parts(evidence.get("parts", {}), findings),
        "findings": findings,
        "reports": found.reports.select_related("reporter").order_by("created_at"),
        "decisions": found.decisions.select_related("moderator").order_by("created_at"),
        "allowed": {
            policy.code: [outcome.value for outcome in services.outcomes_for(found, policy)]
            for policy in policies.all_policies().values()
        },
        "subject": subject,
        # Private chats and drafts are closed to moderators too: what they may read is the evidence.
        "subject_url": subject.url() if subject and subject.is_visible_to(request.user) else "",  # type: ignore[arg-type]
    }
    return render(request, "moderation/case_detail.html", context, status=status)


def _subject(found: Case) -> Subject | None:
    try:
        return subjects.load(found.subject_kind, found.subject_id)
    except SubjectUnknown:  # gone in the meantime: the evidence is still here
        return None
