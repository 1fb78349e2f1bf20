"""Queries of the hot path, compiled once and run many times with other values.

Building and compiling a queryset costs Django several times what SQLite needs to answer it. What runs before every
reply is therefore written as a queryset, as everywhere, and kept as the SQL it compiles to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from inspect import signature
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import Expression
from django.db.models.query import get_related_populators
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

M = TypeVar("M", bound=models.Model)
Values = Mapping[str, Any]


class Hole(Expression):
    """The place of a value that is given when the query runs."""

    def __init__(self, name: str, output_field: models.Field[Any, Any] | None = None) -> None:
        super().__init__(output_field=output_field)
        self.name = name

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> Any:
        return "%s", (self,)

    def filled(self, values: Values, connection: Any) -> Any:
        """Return the value as the database takes it; without a field it is passed on as it is."""
        value = values[self.name]
        field: Any = getattr(self, "_output_field_or_none", None)
        return value if field is None or value is None else field.get_db_prep_value(value, connection, prepared=False)


@dataclass(frozen=True, slots=True)
class _Compiled:
    compiler: Any
    sql: str
    params: tuple[Any, ...]
    converters: Mapping[int, Any]

    def execute(self, cursor: Any, values: Values, connection: Any) -> None:
        given = [p.filled(values, connection) if isinstance(p, Hole) else p for p in self.params]
        cursor.execute(self.sql, given)


class Prepared(Generic[M]):
    """A queryset with holes: `Prepared(lambda fan: Memory.objects.filter(fan=fan))`.

    The arguments of the function are the holes; `fields` says of which field's kind a value is, where the database
    wants it converted (UUIDs, times). A hole cannot stand for a list, a None or a slice.
    """

    def __init__(self, build: Callable[..., models.QuerySet[M, Any]], **fields: models.Field[Any, Any]) -> None:
        self._build = build
        self._holes = {name: Hole(name, fields.get(name)) for name in signature(build).parameters}
        self._compiled: dict[str, _Compiled] = {}

    def rows(self, **values: Any) -> list[Sequence[Any]]:
        """Return the rows of a `values_list`."""
        return list(self._run(values))

    def objects(self, **values: Any) -> list[M]:
        """Return the objects, with what `select_related` and `annotate` add to them."""
        compiled = self._of(DEFAULT_DB_ALIAS)
        compiler = compiled.compiler
        info, annotations = compiler.klass_info, compiler.annotation_col_map or {}
        first, last = info["select_fields"][0], info["select_fields"][-1] + 1
        names = [column[0].target.attname for column in compiler.select[first:last]]
        populators: Any = get_related_populators  # the stubs are those of a later Django
        related = populators(info, compiler.select, DEFAULT_DB_ALIAS)
        found = []
        for row in self._run(values):
            made = info["model"].from_db(DEFAULT_DB_ALIAS, names, row[first:last])
            for populator in related:
                populator.populate(row, made)
            for name, place in annotations.items():
                setattr(made, name, row[place])
            found.append(made)
        return found

    def first(self, **values: Any) -> M | None:
        """Return the first object, None where there is none."""
        found = self.objects(**values)
        return found[0] if found else None

    def _run(self, values: Values) -> Iterator[Sequence[Any]]:
        compiled, connection = self._of(DEFAULT_DB_ALIAS), connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            compiled.execute(cursor, values, connection)
            rows = cursor.fetchall()
        return iter(compiled.compiler.apply_converters(rows, compiled.converters) if compiled.converters else rows)

    def _of(self, alias: str) -> _Compiled:
        if alias not in self._compiled:
            compiler: Any = self._build(**self._holes).query.get_compiler(using=alias)
            sql, params = compiler.as_sql()
            converters = compiler.get_converters([column[0] for column in compiler.select])
            self._compiled[alias] = _Compiled(compiler, sql, tuple(params), converters)
        return self._compiled[alias]


class PreparedUpdate:
    """An update with holes: the function returns a queryset and what to write.

    `PreparedUpdate(lambda pk, head: (Conversation.objects.filter(pk=pk), {"head": head}))`. A hole that is written
    as it is takes the kind of its column.
    """

    def __init__(
        self, build: Callable[..., tuple[models.QuerySet[Any, Any], dict[str, Any]]], names: Sequence[str] = ()
    ) -> None:
        self._build = build
        self._holes = {name: Hole(name) for name in names or signature(build).parameters}
        self._compiled: dict[str, _Compiled] = {}

    def run(self, **values: Any) -> int:
        """Write, and return how many rows were."""
        connection = connections[DEFAULT_DB_ALIAS]
        with connection.cursor() as cursor:
            self._of(DEFAULT_DB_ALIAS).execute(cursor, values, connection)
            return int(cursor.rowcount)

    def _of(self, alias: str) -> _Compiled:
        if alias not in self._compiled:
            rows, changes = self._build(**self._holes)
            for column, value in changes.items():
                if isinstance(value, Hole):
                    value.output_field = rows.model._meta.get_field(column)
            query: Any = rows.query.chain(UpdateQuery)
            query.add_update_values(changes)
            compiler: Any = query.get_compiler(using=alias)
            sql, params = compiler.as_sql()
            self._compiled[alias] = _Compiled(compiler, sql, tuple(params), {})
        return self._compiled[alias]


def row_update(model: type[models.Model], *columns: str) -> PreparedUpdate:
    """Return the update of these columns of the row with the key `pk`."""
    return PreparedUpdate(lambda pk, **holes: (model._default_manager.filter(pk=pk), holes), names=("pk", *columns))


_inserts: dict[tuple[str, type[models.Model]], str] = {}


def insert(row: M, *, ignore_conflicts: bool = False) -> M:
    """Store a new row as `save(force_insert=True)` would, by SQL made once a model; return it with its key.

    Django's own announcements of a save are left out: this house listens to none. With `ignore_conflicts` a row
    that is there already is left, and the key stays empty.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    kind = type(row)
    meta = kind._meta
    fields = [field for field in meta.concrete_fields if not field.primary_key]
    key = (f"{connection.vendor}:{ignore_conflicts}", kind)
    if key not in _inserts:
        _inserts[key] = _insert_sql(connection, meta, fields, ignore_conflicts=ignore_conflicts)
    values = [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(_inserts[key], values)
        made = None if ignore_conflicts else cursor.fetchone()
    if made is not None:
        row.pk = made[0]
    row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS
    return row


def _insert_sql(connection: Any, meta: Any, fields: Sequence[models.Field[Any, Any]], *, ignore_conflicts: bool) -> str:
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    # Both databases of this house understand this end, SQLite since 3.35.
    end = "ON CONFLICT DO NOTHING" if ignore_conflicts else f"RETURNING {quote(meta.pk.column)}"
    return f"INSERT INTO {quote(meta.db_table)} ({columns}) VALUES ({marks}) {end}"  # noqa: S608 - names of our own
