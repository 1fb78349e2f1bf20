"""Finds live characters by words: SQLite FTS5 or a PostgreSQL GIN index over the same `SearchDocument` rows.

Only what a stranger may read is ever indexed: hidden storylines give their title and teaser, nothing more,
and what is locked gives nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.db import connection
from django.db.models import FloatField
from django.db.models.expressions import RawSQL

from characters import storylines
from characters.locks import NOBODY, open_card
from characters.models import Character, CharacterQuerySet, CharacterVersion, SearchDocument
from characters.tokens import Term, fold, index_tokens, query_terms

# Must be the expression of the index in migration 0002, letter for letter, or PostgreSQL will not use it.
VECTOR = (
    "setweight(to_tsvector('simple'::regconfig, names), 'A')"
    " || setweight(to_tsvector('simple'::regconfig, tags), 'B')"
    " || setweight(to_tsvector('simple'::regconfig, body), 'D')"
)


def index(version: CharacterVersion) -> SearchDocument:
    """Write the search document of a published version."""
    card = open_card(version.view, NOBODY)
    ours = card.cardia
    teasers = storylines.teasers(version)
    body = (
        card.description,
        card.creator_notes,
        card.scenario,
        ours.worldview,
        *card.greetings[:1],
        *(f"{teaser.title} {teaser.teaser}" for teaser in teasers),
    )
    document, _created = SearchDocument.objects.update_or_create(
        character_id=version.character_id,
        defaults={
            "names": index_tokens(" ".join((card.name, card.nickname, *ours.tagline.values()))),
            "tags": index_tokens(" ".join((*card.tags, ours.scene))),
            "body": index_tokens("\n".join(body)),
        },
    )
    return document


def forget(character: Character) -> None:
    """Take a character out of the index."""
    SearchDocument.objects.filter(character=character).delete()


def search(characters: CharacterQuerySet, text: str) -> CharacterQuerySet:
    """Return those of `characters` that match every word of `text`, annotated with `relevance`.

    A text without any searchable word matches nothing.
    """
    terms = query_terms(text)
    if not terms:
        return characters.none()
    matching, relevance = _postgres(terms) if connection.vendor == "postgresql" else _sqlite(terms)
    return characters.filter(pk__in=matching).annotate(relevance=relevance)


def _sqlite(terms: list[Term]) -> tuple[RawSQL, RawSQL]:
    query = " AND ".join("(" + " AND ".join(_fts5(t, term) for t in term.tokens) + ")" for term in terms)
    found = "SELECT rowid FROM characters_search WHERE characters_search MATCH %s"
    rank = (
        "(SELECT -bm25(characters_search, 10.0, 5.0, 1.0) FROM characters_search"
        " WHERE characters_search MATCH %s AND rowid = characters_character.id)"
    )
    return RawSQL(found, (query,)), RawSQL(rank, (query,), output_field=FloatField())  # noqa: S611 - bound parameters


def _fts5(token: str, term: Term) -> str:
    quoted = '"' + token.replace('"', '""') + '"'
    return quoted + " *" if term.is_prefix and token == term.tokens[-1] else quoted


def _postgres(terms: list[Term]) -> tuple[RawSQL, RawSQL]:
    query = " & ".join("(" + " & ".join(_tsquery(t, term) for t in term.tokens) + ")" for term in terms)
    match = f"({VECTOR}) @@ to_tsquery('simple', %s)"
    found = f"SELECT character_id FROM characters_searchdocument WHERE {match}"  # noqa: S608 - constants only
    rank = (
        f"(SELECT ts_rank({VECTOR}, to_tsquery('simple', %s)) FROM characters_searchdocument"  # noqa: S608
        " WHERE character_id = characters_character.id)"
    )
    return RawSQL(found, (query,)), RawSQL(rank, (query,), output_field=FloatField())  # noqa: S611 - bound parameters


def _tsquery(token: str, term: Term) -> str:
    quoted = "'" + token.replace("'", "''").replace("\\", "") + "'"
    return quoted + ":*" if term.is_prefix and token == term.tokens[-1] else quoted


def find(characters: CharacterQuerySet, wanted: Mapping[str, str]) -> CharacterQuerySet:
    """Return those of `characters` that fit `wanted`: q, tag, language, scene, and in the wanted order.

    Without an order, words sort by relevance and everything else by how much it is loved.
    """
    if wanted.get("tag"):
        characters = characters.filter(tag_rows__folded=fold(wanted["tag"])[:40])
    for name in ("language", "scene"):
        if wanted.get(name):
            characters = characters.filter(**{name: wanted[name]})
    if wanted.get("q"):
        characters = search(characters, wanted["q"])
    if wanted.get("order") == "newest":
        return characters.order_by("-published_at", "-pk")
    if wanted.get("q") and wanted.get("order") != "popular":
        return characters.order_by("-relevance", "-likes_count", "-pk")  # type: ignore[misc]  # annotated above
    return characters.order_by("-likes_count", "-published_at", "-pk")
