"""Many files for one owner: each stands for itself, and what is there already is not brought twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

from accounts.models import User
from characters.cards import limits
from characters.cards.errors import CardRefused, Refusal
from characters.cards.report import ImportReport
from characters.models import Character, WorldBook
from characters.services.transfer.incoming import Imported, import_file, unreadable
from companion_site.core.exceptions import DomainError

_DIGEST = "import_report__sha256"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file. `error` is set where it was refused; `is_skipped` where its content is there already."""

    file: str
    slug: str | None = None
    book: str | None = None
    report: ImportReport | None = None
    error: DomainError | None = None
    is_skipped: bool = False


def import_many(owner: User, sources: Iterable[tuple[str, int, Callable[[], bytes]]]) -> Iterator[Outcome]:
    """Import (name, size in bytes, reader) one after the other, each in a transaction of its own, and say what became.

    May be stopped anywhere and started again: a file whose content this owner has imported before is skipped.
    There is no limit on drafts here; whoever calls this is the operator.
    """
    known = _known(owner)
    for name, size, read in sources:
        try:
            if size > limits.ARCHIVE_BYTES:
                raise CardRefused(Refusal.FILE_TOO_LARGE, "", limit_kib=limits.ARCHIVE_BYTES // 1024)
            data = read()
            digest = sha256(data).hexdigest()
            if digest in known:
                yield Outcome(name, *known[digest], is_skipped=True)
                continue
            made = import_file(owner, name, data, limit=None)
        except CardRefused as exc:
            yield Outcome(name, error=unreadable(exc))
        except DomainError as exc:
            yield Outcome(name, error=exc)
        except OSError as exc:
            problem = DomainError(exc.strerror or str(exc), reason="unreadable_file", path="")
            yield Outcome(name, error=problem)
        else:
            known[digest] = _place(made)
            yield Outcome(name, *known[digest], report=made.report)


def _place(made: Imported) -> tuple[str | None, str | None]:
    return made.character.slug if made.character else None, str(made.book.public_id) if made.book else None


def _known(owner: User) -> dict[str, tuple[str | None, str | None]]:
    """Return {digest of a file: (slug, None) or (None, id of the book)} of everything this owner has imported."""
    cards = Character.objects.owned_by(owner).filter(**{f"{_DIGEST}__isnull": False}).values_list(_DIGEST, "slug")
    books = WorldBook.objects.owned_by(owner).filter(**{f"{_DIGEST}__isnull": False}).values_list(_DIGEST, "public_id")
    return {digest: (slug, None) for digest, slug in cards} | {digest: (None, str(pk)) for digest, pk in books}
