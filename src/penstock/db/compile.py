"""From a SQLAlchemy statement to what a driver takes, and from what it gives to rows.

Three ways to the same answer, cheapest first: a statement *object* that was seen before (statements without
changing parts are built once, with `functools.cache`); one of the same *structure* (SQLAlchemy's cache key);
a compilation.
"""

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql.base import Executable
from sqlalchemy.sql.cache_key import CacheKey
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from penstock.db.dialect import sqlalchemy_dialect
from penstock.db.errors import UnsupportedValue
from penstock.db.port import DialectName, Params, Row

Codec = Callable[[Any], Any]
Values = list[Any]

MAX_SHAPES = 2000
"""How many structures are remembered; the oldest half is forgotten when there are more."""

MAX_OBJECTS = 5000
"""How many statement objects are remembered; all are forgotten when there are more."""

_REQUIRED: Any = object()
_NO_PARAMS: Params = {}


@dataclass(frozen=True, slots=True)
class _Slot:
    """One positional parameter: where its value comes from."""

    key: str
    """Name under which the caller gives it."""
    name: str
    """Its name inside the compiled statement."""
    encode: Codec | None
    default: Any
    """The value written in the statement that was compiled; `_REQUIRED` where there is none."""
    extracted: int | None
    """Its place among the values of statements of the same structure."""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What all statements of one structure share."""

    compiled: SQLCompiler | None
    """What writes the text anew; None unless `expanding`."""
    sql: str
    slots: tuple[_Slot, ...]
    columns: tuple[str, ...]
    """Names of the result's columns; empty where there is no result."""
    decoders: tuple[tuple[str, Codec], ...]
    expanding: bool
    """Whether the text depends on how many values a list has."""


class Prepared:
    """A statement that is ready to run: `bind` what varies, run `sql`, `decode` what comes."""

    __slots__ = ("_keys", "_shape", "_slots", "columns", "sql")

    def __init__(self, shape: _Shape, written: Sequence[Any]) -> None:
        self._shape = shape
        self.sql = shape.sql
        self.columns = shape.columns
        self._slots = [
            (slot.key, slot.encode, value if shape.expanding else _encoded(slot, value))
            for slot, value in zip(shape.slots, written, strict=True)
        ]
        self._keys = frozenset(slot.key for slot in shape.slots)

    def bind(self, params: Params | None) -> tuple[str, Values]:
        """The SQL and its positional values.

        Raises:
            TypeError: A value is missing, or one is given that the statement does not take.
            UnsupportedValue: A text can't be stored; `field` is its name.
        """
        given = _NO_PARAMS if params is None else params
        if not self._keys.issuperset(given):
            unknown = sorted(set(given) - self._keys)
            raise TypeError(f"The statement takes no {', '.join(unknown)}: {self.sql}")
        if self._shape.expanding:
            return self._bind_expanding(given)
        return self.sql, self.row(given)

    def row(self, given: Params) -> Values:
        """The positional values alone; names that the statement does not take are passed over."""
        values = []
        for key, encode, default in self._slots:
            if key in given:
                value = given[key]
                values.append(value if encode is None else _encode(encode, key, value))
            elif default is _REQUIRED:
                raise TypeError(f"{key!r} is missing for: {self.sql}")
            else:
                values.append(default)
        return values

    def rows(self, given: Sequence[Params]) -> list[Values]:
        """As `row` for each of many, all of the same names: column by column, in half of the time."""
        try:
            columns = [self._column(slot, given) for slot in self._slots]
        except Exception:
            return [self.row(each) for each in given]  # says which value it is that can't be stored
        return [list(values) for values in zip(*columns, strict=True)] if columns else [[] for _ in given]

    @staticmethod
    def _column(slot: tuple[str, Codec | None, Any], given: Sequence[Params]) -> Values:
        key, encode, default = slot
        if key not in given[0] and default is not _REQUIRED:
            return [default] * len(given)
        if encode is None:
            return [each[key] for each in given]
        return [encode(each[key]) for each in given]

    def _bind_expanding(self, given: Params) -> tuple[str, Values]:
        raw = {
            slot.name: given.get(slot.key, default)
            for slot, (_, _, default) in zip(self._shape.slots, self._slots, strict=True)
        }
        if missing := [name for name, value in raw.items() if value is _REQUIRED]:
            raise TypeError(f"{missing[0]!r} is missing for: {self.sql}")
        assert self._shape.compiled is not None
        state = self._shape.compiled.construct_expanded_state(raw)
        encoders = {slot.name: slot.encode for slot in self._shape.slots}
        for name, parts in state.parameter_expansion.items():
            encoders |= dict.fromkeys(parts, encoders[name])
        names = state.positiontup or ()
        values = [
            value if (encode := encoders[name]) is None else _encode(encode, name, value)
            for name, value in zip(names, state.positional_parameters, strict=True)
        ]
        return state.statement, values

    def decode(self, records: Sequence[Sequence[Any]]) -> list[Row]:
        """Rows in Python's types."""
        columns, decoders = self.columns, self._shape.decoders
        if not columns:
            raise TypeError(f"The statement has no result (a text() needs .columns(...)): {self.sql}")
        rows = [dict(zip(columns, record, strict=True)) for record in records]
        for name, decode in decoders:
            for row in rows:
                if (value := row[name]) is not None:
                    row[name] = decode(value)
        return rows


class Compiler:
    """Prepares statements for one dialect and remembers them. Safe to share between threads."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self._known: dict[int, tuple[weakref.ref[Executable], dict[tuple[str, ...], Prepared]]] = {}
        self._shapes: dict[Any, _Shape] = {}

    def prepare(self, statement: Executable, params: Params | None = None) -> Prepared:
        """The statement, ready for the names in `params` (an INSERT's columns follow from them)."""
        names = tuple(params) if params and isinstance(statement, UpdateBase) else ()
        known = self._known.get(id(statement))
        if known is not None and known[0]() is statement:
            prepared = known[1].get(names)
            if prepared is None:
                prepared = known[1][names] = self._prepare(statement, names)
            return prepared
        prepared = self._prepare(statement, names)
        if len(self._known) >= MAX_OBJECTS:
            self._known.clear()
        self._known[id(statement)] = self._until_gone(statement), {names: prepared}
        return prepared

    def _until_gone(self, statement: Executable) -> weakref.ref[Executable]:
        """A reference with whose end the statement is forgotten, and with it the values that it carries."""
        known, number = self._known, id(statement)
        return weakref.ref(statement, lambda _: known.pop(number, None))

    def _prepare(self, statement: Executable, names: tuple[str, ...]) -> Prepared:
        # The structure of the statement; SQLAlchemy gives it no public name.
        cache_key: CacheKey | None = statement._generate_cache_key()  # type: ignore[attr-defined]
        if cache_key is None:
            shape = self._compile(statement, names, {})
            return Prepared(shape, [slot.default for slot in shape.slots])
        shape_key = (cache_key.key, names)
        if (known := self._shapes.get(shape_key)) is not None:
            shape = known
        else:
            places = {bind.key: place for place, bind in enumerate(cache_key.bindparams)}
            shape = self._compile(statement, names, places)
            self._remember(shape_key, shape)
        return Prepared(shape, [_written(slot, cache_key.bindparams) for slot in shape.slots])

    def _remember(self, key: Any, shape: _Shape) -> None:
        if len(self._shapes) >= MAX_SHAPES:
            for old in list(self._shapes)[: MAX_SHAPES // 2]:
                self._shapes.pop(old, None)
        self._shapes[key] = shape

    def _compile(self, statement: Any, names: tuple[str, ...], places: Mapping[str, int]) -> _Shape:
        compiled = statement.compile(dialect=self._dialect, column_keys=list(names) or None)
        slots = tuple(self._slot(compiled, name, places) for name in compiled.positiontup or ())
        if unused := set(names) - {slot.key for slot in slots}:
            raise TypeError(f"The statement takes no {', '.join(sorted(unused))}: {compiled}")
        columns = _columns(compiled)
        decoders = [(name, self._decoder(type_)) for name, type_ in columns]
        expanding = bool(compiled.post_compile_params)
        return _Shape(
            compiled=compiled if expanding else None,
            sql=str(compiled),
            slots=slots,
            columns=tuple(name for name, _ in columns),
            decoders=tuple((name, decode) for name, decode in decoders if decode is not None),
            expanding=expanding,
        )

    def _slot(self, compiled: SQLCompiler, name: str, places: Mapping[str, int]) -> _Slot:
        bind = compiled.binds[name]
        return _Slot(
            key=bind.key,
            name=name,
            encode=bind.type.dialect_impl(self._dialect).bind_processor(self._dialect),
            default=_REQUIRED if bind.required else bind.effective_value,
            extracted=places.get(bind.key),
        )

    def _decoder(self, type_: TypeEngine[Any]) -> Codec | None:
        return type_.dialect_impl(self._dialect).result_processor(self._dialect, None)


@cache
def compiler_for(name: DialectName) -> Compiler:
    """The process's compiler for a dialect: what one thread or database has prepared serves all."""
    return Compiler(sqlalchemy_dialect(name))


def _columns(compiled: SQLCompiler) -> list[tuple[str, TypeEngine[Any]]]:
    """Names and types of the result's columns; none where there is no result."""
    # Not `exported_columns`: it is remembered across `returning()`, which changes it.
    found = [(column.keyname, column.type) for column in compiled._result_columns]
    if len({name for name, _ in found}) < len(found):
        raise TypeError(f"Two columns of the result have the same name; label one of them: {compiled}")
    return found


def _written(slot: _Slot, values: Sequence[Any]) -> Any:
    """The value that a statement of the slot's structure carries itself."""
    if slot.default is _REQUIRED or slot.extracted is None:
        return slot.default
    return values[slot.extracted].effective_value


def _encoded(slot: _Slot, value: Any) -> Any:
    if value is _REQUIRED or slot.encode is None:
        return value
    return _encode(slot.encode, slot.key, value)


def _encode(encode: Codec, name: str, value: Any) -> Any:
    try:
        return encode(value)
    except UnsupportedValue as error:
        error.field = str(name)  # a name of SQLAlchemy's own type would not travel
        raise
    except UnicodeEncodeError:
        raise UnsupportedValue("Text with a lone surrogate can't be stored.", field=str(name)) from None
    except (AttributeError, TypeError) as error:
        raise TypeError(f"{name!r} can't be stored as it is: {value!r} ({error})") from error
