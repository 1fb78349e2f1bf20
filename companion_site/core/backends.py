"""Turns a setting of the form alias -> {BACKEND, OPTIONS} into instances, one per alias and process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.utils.module_loading import import_string

T = TypeVar("T")


class Backends(Generic[T]):
    """Lazily built backends of one setting, as `django.core.files.storage.storages` does it.

    `usual` is the backend of an alias that names none.
    """

    def __init__(self, setting: str, *, usual: str = "") -> None:
        self.setting = setting
        self.usual = usual
        self._built: dict[str, T] = {}
        setting_changed.connect(self._forget)

    def __getitem__(self, alias: str) -> T:
        """Return the alias's backend; raise `ImproperlyConfigured` naming the setting when it is missing."""
        if alias not in self._built:
            self._built[alias] = self._build(alias)
        return self._built[alias]

    def get(self, alias: str) -> T:
        """Return the alias's backend, or that of `default` where the alias is not configured."""
        return self[alias if alias in self._configured() else "default"]

    def aliases(self) -> tuple[str, ...]:
        """Return the names of what is configured."""
        return tuple(self._configured())

    def _configured(self) -> Mapping[str, Mapping[str, Any]]:
        configured: Mapping[str, Mapping[str, Any]] = getattr(settings, self.setting)
        return configured

    def _build(self, alias: str) -> T:
        try:
            params = self._configured()[alias]
            backend = import_string(params.get("BACKEND") or self.usual or params["BACKEND"])
        except KeyError as exc:
            raise ImproperlyConfigured(f"{self.setting} has no complete entry {alias!r}.") from exc
        except ImportError as exc:
            raise ImproperlyConfigured(f"{self.setting}[{alias!r}]: {exc}") from exc
        built: T = backend(**params.get("OPTIONS", {}))
        return built

    def _forget(self, *, setting: str, **kwargs: object) -> None:
        if setting == self.setting:
            self._built.clear()
