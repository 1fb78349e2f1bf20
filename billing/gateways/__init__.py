"""The payment vendors of `settings.PAYMENT_GATEWAYS`, by alias."""

from __future__ import annotations

from billing.gateways.base import Gateway
from companion_site.core.backends import Backends

gateways: Backends[Gateway] = Backends("PAYMENT_GATEWAYS")
