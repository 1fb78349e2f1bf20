"""Real processes and threads against a real database: `python -m billing.tests.race` prints what came of it as JSON.

Run by `test_race.py` with `DATABASE_URL` set to an empty database.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "companion_site.settings")

import django  # noqa: E402

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402

from accounts.models import User  # noqa: E402
from billing import ledger, services  # noqa: E402
from billing.gateways import fake_till  # noqa: E402
from billing.gateways.fake_till import Card  # noqa: E402
from billing.invariants import INVARIANTS  # noqa: E402
from billing.models import Entitlement, Offer, Transaction  # noqa: E402
from billing.tests.factories import give_paid, make_offer  # noqa: E402
from companion_site.core.exceptions import DomainError  # noqa: E402

PROCESSES = 2
THREADS = 8

Job = Callable[[], object]


def make_user(name: str, coins: int = 0) -> User:
    user = User.objects.create_user(f"{name}@cardia.example", birth_on=date(1990, 1, 1))
    if coins:
        give_paid(user, coins)
    return user


def outcome(job: Job) -> str:
    try:
        return str(job())
    except DomainError as refusal:
        return refusal.code


def _thread(jobs: Sequence[Job], barrier, answers: list[str]) -> None:
    barrier.wait()
    answers.extend(outcome(job) for job in jobs)
    connection.close()


def _process(jobs: Sequence[Job], barrier, queue) -> None:
    answers: list[str] = []
    shares = [jobs[n::THREADS] for n in range(THREADS)]
    threads = [threading.Thread(target=_thread, args=(share, barrier, answers)) for share in shares]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    queue.put(answers)


def race(jobs: Sequence[Job]) -> dict[str, int]:
    """Run the jobs over processes and threads that all start at once; count the answers."""
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    barrier, queue = fork.Barrier(PROCESSES * THREADS), fork.Queue()
    children = [fork.Process(target=_process, args=(jobs[n::PROCESSES], barrier, queue)) for n in range(PROCESSES)]
    for child in children:
        child.start()
    answers = Counter(answer for _ in children for answer in queue.get(timeout=120))
    for child in children:
        child.join()
    return dict(answers)


def buy(fan: User, offer: Offer, key: str) -> Job:
    return lambda: services.purchase(fan, offer, key=key, expected_price=offer.price_coins).public_id


def c1_hundred_spends_on_coins_for_fifty(creator: User) -> dict[str, object]:
    fan = make_user("c1", coins=500)
    offers = [make_offer(creator, price_coins=10) for _ in range(100)]
    answers = race([buy(fan, offer, f"c1-spend-{offer.pk}") for offer in offers])
    denied = answers.pop("insufficient_coins")
    return {"bought": len(answers), "denied": denied, "left": ledger.balance(fan)}


def c2_one_key_fifty_times(creator: User) -> dict[str, object]:
    fan = make_user("c2", coins=500)
    offer = make_offer(creator, price_coins=10)
    answers = race([buy(fan, offer, "c2-same-key")] * 50)
    return {"answers": list(answers.values()), "left": ledger.balance(fan)}


def c3_one_key_for_two_things(creator: User) -> dict[str, object]:
    fan = make_user("c3", coins=500)
    cheap, dear = make_offer(creator, price_coins=10), make_offer(creator, price_coins=20)
    answers = race([buy(fan, cheap, "c3-same-key"), buy(fan, dear, "c3-same-key")] * 16)
    conflicts = answers.pop("idempotency_conflict")
    return {"conflicts": conflicts, "kinds": len(answers), "debits": debits(fan), "left": ledger.balance(fan)}


def c4_two_devices_unlock_the_same(creator: User) -> dict[str, object]:
    fan = make_user("c4", coins=500)
    offer = make_offer(creator, price_coins=10)
    answers = race([buy(fan, offer, f"c4-device-{n}") for n in range(32)])
    return {"answers": list(answers.values()), "debits": debits(fan), "left": ledger.balance(fan)}


def c12_two_creators_buy_from_each_other(creator: User) -> dict[str, object]:
    one, two = make_user("c12a", coins=500), make_user("c12b", coins=500)
    jobs = []
    for number in range(30):
        jobs += [
            buy(one, make_offer(two, price_coins=10), f"c12-one-{number}"),
            buy(two, make_offer(one, price_coins=10), f"c12-two-{number}"),
        ]
    answers = race(jobs)
    return {"bought": len(answers), "left": [ledger.balance(one), ledger.balance(two)]}


def w1_everybody_fulfils_the_same_order(creator: User) -> dict[str, object]:
    fan = make_user("w1")
    order = services.start_checkout(fan, "lantern", key="w1-checkout", site="http://127.0.0.1:9")
    fake_till.pay(str(order.checkout_id), Card.SUCCESS)
    answers = race([lambda: services.fulfil(order).status] * 32)
    return {"answers": answers, "coins": ledger.balance(fan)}


def debits(fan: User) -> int:
    sales = Transaction.objects.filter(actor=ledger.actor_of(fan), kind="purchase", outcome="posted")
    assert sales.count() == Entitlement.objects.filter(user=fan).count()
    return sales.count()


SCENARIOS = [
    c1_hundred_spends_on_coins_for_fifty,
    c2_one_key_fifty_times,
    c3_one_key_for_two_things,
    c4_two_devices_unlock_the_same,
    c12_two_creators_buy_from_each_other,
    w1_everybody_fulfils_the_same_order,
]


def main() -> None:
    call_command("migrate", verbosity=0)
    creator = make_user("creator")
    results: dict[str, object] = {scenario.__name__.split("_")[0]: scenario(creator) for scenario in SCENARIOS}
    results["breaches"] = {each.id: breaches for each in INVARIANTS if (breaches := each.breaches())}
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    main()
