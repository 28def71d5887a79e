"""What stands at a path that somebody typed is found alike by both databases, whatever the keys are."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import literal, select

from penstock.db import dialect

EXAMPLES = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
keys = st.sampled_from(["a", "env", "b-c", "a.b", 'with "quotes"', "it's", "$", "[0]", "ä", "0", "1", ""])
scalars = (
    st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from(["x", "5", "true", "[1]", '{"a": 1}'])
)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3)
)
KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", int: "number", type(None): "null"}


def expected(document, path):
    """The kind of what stands at a path, and its text where it has one."""
    for key in path:
        if isinstance(document, dict) and key in document:
            document = document[key]
        elif isinstance(document, list) and key.isdigit() and int(key) < len(document):
            document = document[int(key)]
        else:
            return None, None
    kind = KINDS[type(document)]
    texts = {"string": document, "number": str(document), "boolean": str(document).lower()}
    return kind, texts.get(kind)


@EXAMPLES
@given(st.dictionaries(keys, documents, max_size=3), st.lists(keys, min_size=1, max_size=4))
def test_kind_and_text_at_a_path(store, document, path):
    column = literal(document, dialect.Json())
    columns = (
        dialect.json_type_at(column, path).label("kind"),
        dialect.json_text_at(column, path).label("text"),
    )
    row = store.read(lambda tx: tx.fetch_one(select(*columns)))
    kind, text = expected(document, path)
    assert row["kind"] == kind
    if kind not in ("object", "array"):
        assert row["text"] == text


def test_each_database_says_its_name(store):
    name = store.read(lambda tx: tx.fetch_value(select(dialect.database_name().label("name"))))
    assert name == store.db.dialect
