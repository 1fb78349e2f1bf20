"""One contract, two gateways: what holds for the test gateway holds for Stripe."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from billing.exceptions import PaymentUnavailable, WebhookRefused
from billing.gateways import fake_till, gateways, signatures
from billing.gateways.base import CheckoutRequest, Gateway, Payment
from billing.gateways.fake import FakeGateway
from billing.gateways.fake_till import Card
from billing.gateways.stripe import StripeGateway
from billing.models import FakeCheckout
from billing.tests.stripe_double import StripeDouble

REQUEST = CheckoutRequest(
    reference="018f0000-0000-7000-8000-000000000001",
    title="320 Cardia coins",
    amount_minor=2800,
    currency="cny",
    locale="zh-hans",
    return_url="https://cardia.example/wallet/",
    cancel_url="https://cardia.example/wallet/",
)


@dataclass
class Bench:
    """A gateway, the secret it signs with, and a hand on the other side of it."""

    gateway: Gateway
    secret: str
    become: Callable[[str], object]


@pytest.fixture
def double():
    double = StripeDouble()
    yield double
    double.close()


def stripe_bench(double: StripeDouble) -> Bench:
    states = {
        "paid": {"status": "complete", "payment_status": "paid"},
        "processing": {"status": "complete", "payment_intent": {"object": "payment_intent", "status": "processing"}},
        "failed": {
            "status": "complete",
            "payment_intent": {"object": "payment_intent", "status": "requires_payment_method"},
        },
        "expired": {"status": "expired"},
        "waiting": {},
    }
    gateway = StripeGateway(api_key="sk_test_x", webhook_secret="whsec_x", api_base=double.url)
    return Bench(gateway, "whsec_x", lambda state: double.change(**states[state]))


def fake_bench() -> Bench:
    def become(state: str) -> None:
        row = FakeCheckout.objects.get()
        if state == "expired":
            fake_till.expire(row.checkout_id)
        elif state != "waiting":
            row.status, row.payment = "complete", state
            row.save()

    gateway = FakeGateway()
    return Bench(gateway, gateway.webhook_secret, become)


@pytest.fixture(params=["fake", "stripe"])
def bench(request, double) -> Bench:
    return fake_bench() if request.param == "fake" else stripe_bench(double)


def test_a_new_checkout_waits_for_its_payer(bench):
    checkout = bench.gateway.create_checkout(REQUEST, key="key-1")

    assert checkout.payment == Payment.WAITING
    assert checkout.url.startswith("https://")
    assert (checkout.reference, checkout.amount_minor, checkout.currency) == (REQUEST.reference, 2800, "cny")
    assert checkout.livemode is bench.gateway.livemode is False


def test_one_key_opens_one_checkout(bench):
    first = bench.gateway.create_checkout(REQUEST, key="key-1")

    assert bench.gateway.create_checkout(REQUEST, key="key-1") == first


@pytest.mark.parametrize("state", [payment.value for payment in Payment])
def test_a_checkout_is_told_as_it_stands(bench, state):
    checkout = bench.gateway.create_checkout(REQUEST, key="key-1")

    bench.become(state)

    assert bench.gateway.retrieve_checkout(checkout.id).payment == state


def test_a_signed_event_is_read(bench):
    body = (
        '{"id": "evt_1", "type": "checkout.session.completed",'
        ' "data": {"object": {"object": "checkout.session", "id": "cs_1"}}}'
    )

    event = bench.gateway.read_webhook(body.encode(), signatures.sign(body, bench.secret))

    assert (event.id, event.type, event.checkout_id, event.body) == (
        "evt_1",
        "checkout.session.completed",
        "cs_1",
        body,
    )


def test_an_event_signed_by_another_is_refused(bench):
    body = '{"id": "evt_1", "type": "x"}'

    with pytest.raises(WebhookRefused):
        bench.gateway.read_webhook(body.encode(), signatures.sign(body, "whsec_another"))


def test_stripe_is_given_our_key_our_amount_and_the_readers_language(double):
    stripe_bench(double).gateway.create_checkout(REQUEST, key="checkout:42")

    [(method, path, form, key)] = double.calls
    assert (method, path, key) == ("POST", "/v1/checkout/sessions", "checkout:42")
    assert form["client_reference_id"] == [REQUEST.reference]
    assert form["line_items[0][price_data][unit_amount]"] == ["2800"]
    assert form["line_items[0][price_data][currency]"] == ["cny"]
    assert form["locale"] == ["zh"]


@pytest.mark.parametrize(("status", "level"), [(401, "ERROR"), (404, "ERROR"), (429, "WARNING")])
def test_an_answer_of_stripe_that_is_an_error_is_no_payment(double, caplog, status, level):
    gateway = stripe_bench(double).gateway
    double.status = status

    with pytest.raises(PaymentUnavailable):
        gateway.retrieve_checkout("cs_1")
    with pytest.raises(PaymentUnavailable):
        gateway.create_checkout(REQUEST, key="key-1")

    assert {record.levelname for record in caplog.records if record.name == "billing.gateways.stripe"} == {level}


def test_stripe_not_answering_is_no_payment():
    gateway = StripeGateway(api_key="sk_live_x", webhook_secret="whsec_x", api_base="http://127.0.0.1:9")

    with pytest.raises(PaymentUnavailable):
        gateway.retrieve_checkout("cs_1")

    assert gateway.livemode


def test_the_fake_refuses_a_key_used_with_other_parameters(db, caplog):
    gateway = FakeGateway()
    gateway.create_checkout(REQUEST, key="key-1")

    with pytest.raises(PaymentUnavailable):
        gateway.create_checkout(replace(REQUEST, amount_minor=1), key="key-1")

    assert "other parameters" in caplog.text


def test_the_fake_answers_with_errors_when_told_to(db):
    gateway = FakeGateway(misbehave=["error"])
    checkout = gateway.create_checkout(REQUEST, key="key-1")

    for _ in range(2):
        with pytest.raises(PaymentUnavailable):
            gateway.retrieve_checkout(checkout.id)

    assert gateway.retrieve_checkout(checkout.id).payment == Payment.WAITING


def test_the_fake_knows_only_its_own_checkouts(db):
    with pytest.raises(PaymentUnavailable):
        FakeGateway().retrieve_checkout("cs_of_somebody_else")


def test_without_a_key_the_fake_takes_the_payments(settings):
    assert isinstance(gateways["default"], FakeGateway)


def test_paying_twice_or_too_late_changes_nothing(order):
    fake_till.pay(order.checkout_id, Card.SUCCESS)

    assert fake_till.pay(order.checkout_id, Card.DECLINED).refusal == ""
    assert fake_till.confirm(order.checkout_id, is_approved=False).refusal == ""
    fake_till.expire(order.checkout_id)
    assert FakeCheckout.objects.get().payment == "paid"


def test_the_bank_must_have_been_asked_and_must_have_said_yes(order):
    unasked = fake_till.confirm(order.checkout_id, is_approved=True)
    asked = fake_till.pay(order.checkout_id, Card.SECURE)
    refused = fake_till.confirm(order.checkout_id, is_approved=False)
    approved = fake_till.confirm(order.checkout_id, is_approved=True)

    assert (unasked.refusal, refused.refusal, approved.refusal) == ("not_confirmed", "not_confirmed", "")
    assert asked.needs_confirmation
    assert FakeCheckout.objects.get().payment == "paid"
