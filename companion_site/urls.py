"""Every address of the site; it composes and holds no rules."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView

from companion_site import views

# Operators sign in by the same door as everyone, with its rate limits and second factor.
admin.autodiscover()
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("", views.home, name="home"),
    path("about-ai/", views.about_ai, name="about-ai"),
    path("safety/", views.safety, name="safety"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
    path("account/", include("allauth.urls")),
    path("settings/", include("accounts.urls")),
    path("operator/", admin.site.urls),
    path("insights/", include("insights.urls")),
    path("training/", include("training.urls")),
    path("", include("billing.urls")),
    path("", include("moderation.urls")),
    path("chat/", include("chat.urls")),
    path("", include("characters.urls")),
    path("v1/", include("chat.openai.urls")),
    path("api/v1/", include(("companion_site.api_urls", "v1"))),
    path("api/v1/schema/", SpectacularAPIView.as_view(api_version="v1"), name="api-schema"),
]

handler403 = "companion_site.core.problems.forbidden"
handler404 = "companion_site.core.problems.not_found"
handler500 = "companion_site.core.problems.server_error"
