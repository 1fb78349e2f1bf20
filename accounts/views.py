"""Pages of the account: the age door, settings, personas, leaving."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings as django_settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import keys, services
from accounts.forms import CONSENT_HELP, AgeForm, DeleteAccountForm, KeyForm, PersonaForm, ProfileForm
from accounts.models import ApiKey, Consent, Persona, Theme, User
from companion_site.core.exceptions import DomainError
from companion_site.core.models import new_public_id


def safe_next(request: HttpRequest, default: str = "home") -> str:
    """Return the form's `next` when it leads back to this site, else the default."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return default


@login_required
@require_http_methods(["GET", "POST"])
def age(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    form = AgeForm(request.POST or None, initial={"birth_on": user.birth_on})
    if request.method == "POST" and form.is_valid():
        try:
            services.enter_park(user, born=form.cleaned_data["birth_on"])
        except DomainError as error:
            form.add_error("birth_on", str(error.detail))
        else:
            return redirect(safe_next(request))
    status = 422 if form.errors else 200
    return render(request, "accounts/age.html", {"form": form, "next": safe_next(request, "")}, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    form = ProfileForm(request.POST or None, instance=user)
    if request.method == "POST" and form.is_valid():
        services.update_profile(user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:settings")
    context = {"form": form, "consents": _consents(user), "personas": user.personas.order_by("created_at")}
    return render(request, "accounts/settings.html", context, status=422 if form.errors else 200)


def _consents(user: User) -> list[dict[str, object]]:
    given = set(user.consents.filter(withdrawn_at=None).values_list("kind", flat=True))
    return [
        {
            "kind": kind.value,
            "label": kind.label,
            "help": CONSENT_HELP[kind],
            "given": kind.value in given,
            "required": kind in services.REQUIRED_CONSENTS,
        }
        for kind in Consent.Kind
    ]


@login_required
@require_POST
def consent(request: HttpRequest) -> HttpResponse:
    kind = request.POST.get("kind", "")
    optional = {k.value for k in Consent.Kind if k not in services.REQUIRED_CONSENTS}
    if kind in optional:
        change = services.give_consent if request.POST.get("given") == "true" else services.withdraw_consent
        change(request.user, kind)  # type: ignore[arg-type]
        messages.success(request, _("Saved."))
    return redirect("accounts:settings")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("theme", "")
    value = chosen if chosen in Theme.values else Theme.NIGHT.value
    if isinstance(request.user, User):
        services.update_profile(request.user, theme=value)
    response = HttpResponseRedirect(safe_next(request, "/"))
    response.set_cookie("theme", value, max_age=31_536_000, samesite="Lax", secure=django_settings.HTTPS)
    return response


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    chosen = request.POST.get("language", "")
    value = chosen if chosen in dict(django_settings.LANGUAGES) else django_settings.LANGUAGE_CODE
    if isinstance(request.user, User):
        services.update_profile(request.user, language=value)
    response = HttpResponseRedirect(safe_next(request, "/"))
    response.set_cookie(
        django_settings.LANGUAGE_COOKIE_NAME, value, max_age=31_536_000, samesite="Lax", secure=django_settings.HTTPS
    )
    return response


@login_required
@require_GET
def persona_list(request: HttpRequest) -> HttpResponse:
    personas = Persona.objects.owned_by(request.user).order_by("created_at")  # type: ignore[arg-type]
    return render(request, "accounts/persona_list.html", {"personas": personas})


@login_required
@require_http_methods(["GET", "POST"])
def persona_form(request: HttpRequest, public_id: UUID | None = None) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    persona = get_object_or_404(Persona.objects.owned_by(user), public_id=public_id) if public_id else None
    form = PersonaForm(request.POST or None, instance=persona)
    if request.method == "POST" and form.is_valid():
        services.save_persona(user, persona=persona, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("accounts:persona-list")
    context = {"form": form, "persona": persona}
    return render(request, "accounts/persona_form.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def persona_default(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    services.make_default(user, get_object_or_404(Persona.objects.owned_by(user), public_id=public_id))
    return redirect("accounts:persona-list")


@login_required
@require_POST
def persona_delete(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    services.delete_persona(user, get_object_or_404(Persona.objects.owned_by(user), public_id=public_id))
    messages.success(request, _("The persona is gone."))
    return redirect("accounts:persona-list")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def key_list(request: HttpRequest) -> HttpResponse:
    """The user's keys, and a form for a new one; the answer to it shows the secret, this once."""
    user: User = request.user  # type: ignore[assignment]
    form = KeyForm(request.POST or None, initial={"ticket": new_public_id()})
    made: keys.Made | None = None
    if request.method == "POST" and form.is_valid():
        try:
            made = keys.create_key(user, **form.fields_of_key())
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.detail))
    context = {
        "form": form,
        "made": made,
        "keys": keys.listed(user),
        "base_url": request.build_absolute_uri("/v1"),
    }
    return render(request, "accounts/key_list.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def key_revoke(request: HttpRequest, public_id: UUID) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    keys.revoke_key(user, get_object_or_404(ApiKey.objects.owned_by(user), public_id=public_id))
    messages.success(request, _("The key opens nothing any more."))
    return redirect("accounts:key-list")


@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Hand a person everything of theirs as one file; each app gives its part (`ACCOUNT_EXPORTS`)."""
    parts = {name: import_string(path)(request.user) for name, path in django_settings.ACCOUNT_EXPORTS.items()}
    response = JsonResponse(parts, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = 'attachment; filename="cardia.json"'
    return response


@login_required
@require_http_methods(["GET", "POST"])
def delete(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    form = DeleteAccountForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.delete_account(user)
        logout(request)
        messages.success(request, _("Your account is closed. Take care of yourself."))
        return redirect("home")
    return render(request, "accounts/delete.html", {"form": form}, status=422 if form.errors else 200)
