"""YAML: what is accepted, where it stands, and what is refused before it can hurt."""

import contextlib
import time
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.errors import NotFound, TooLarge
from penstock.domain.json_values import MAX_VALUES
from penstock.sdk.deployments.yaml_document import MAX_BYTES, Position, YamlInvalid, parse_yaml, read_yaml

FILE = Path("penstock.yaml")


def read(text: str):
    return parse_yaml(text, FILE).data


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", None),
        ("# nothing\n", None),
        ("---\n", None),
        ("a: [1, 2.5, true, null, ~, text, '5']", {"a": [1, 2.5, True, None, None, "text", "5"]}),
        ("a: 2024-01-01\nb: 2024-01-01T09:00:00Z", {"a": "2024-01-01", "b": "2024-01-01T09:00:00Z"}),
        ("on: 1\nno: 2\n3: 3\nnull: 4\n'<<': 5", {"on": 1, "no": 2, "3": 3, "null": 4, "<<": 5}),
        ("a: !!str 5\nb: !!int '5'\nc: ! x", {"a": "5", "b": 5, "c": "x"}),
        ("a: |\n  x\n  y\nb: >-\n  x\n  y", {"a": "x\ny\n", "b": "x y"}),
        ("&k a: 1\nb: *k\n", {"a": 1, "b": "a"}),
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("a: &x {m: 1, n: 2}\nb: {<<: *x, n: 3}", {"a": {"m": 1, "n": 2}, "b": {"m": 1, "n": 3}}),
        ("a: &x {m: 1}\nb: &y {m: 2, n: 2}\nc:\n  <<: [*x, *y]\n", None),
        ("\ufeffa: 1", {"a": 1}),
    ],
)
def test_what_is_read(text, data, tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text(text, encoding="utf-8")
    if "[*x, *y]" in text:
        assert read_yaml(file).data["c"] == {"m": 1, "n": 2}
    else:
        assert read_yaml(file).data == data


def test_everything_knows_its_place():
    document = parse_yaml("base: &b\n  image: x\npool:\n  <<: *b\n  name: n\nlist:\n  - a\n  - k: v\n", FILE)
    assert document.position(("pool", "name")) == Position(5, 3)
    assert document.position(("pool", "image")) == Position(2, 3)  # where it is really written
    assert document.position(("list", 1)) == Position(8, 5)
    assert document.position(("list", 1, "k")) == Position(8, 5)
    assert document.position(("list", 1, "k", "deeper")) == Position(8, 5)
    assert document.position(("list", 7)) == Position(6, 1)
    assert document.position(("nothing",)) is None


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a: b: c", 1, 5, "mapping values"),
        ("a:\n\t- b", 2, 1, "spaces, not tabs"),
        ("a: 'x", 1, 6, "end of stream"),
        ("a: 1\nb: 2\na: 3", 3, 1, "'a' is given twice, first on line 1"),
        ("a: {x: 1, x: 2}", 1, 11, "twice"),
        ("<<: {a: 1}\n<<: {b: 1}", 2, 1, "twice"),
        ("a: *nope", 1, 4, "refers to nothing"),
        ("- &a [*a]", 1, 7, "itself"),
        ("a: &a {b: *a}", 1, 11, "itself"),
        ("a: 1\n---\nb: 2", 2, 1, "more than one document"),
        ("? [a]\n: 1", 1, 3, "a key must be text"),
        ("version: {{ build.image }}", 1, 11, "in quotes"),
        ("a: &x [1]\n*x : 2", 2, 1, "a key must be text"),
        ("a: .inf", 1, 4, "finite"),
        ("a: -.inf", 1, 4, "finite"),
        ("a: .nan", 1, 4, "finite"),
        ("a: " + "9" * 5000, 1, 4, "not a valid int"),
        ("a: !!int x", 1, 4, "not a valid int"),
        ("a: !!bool x", 1, 4, "not a valid bool"),
        ("a: !!python/object/apply:os.system [touch x]", 1, 4, "not allowed"),
        ("a: !!python/name:os.system x", 1, 4, "not allowed"),
        ("a: !!binary aGk=", 1, 4, "not allowed"),
        ("!!set {a}", 1, 1, "not allowed"),
        ("<<: 3", 1, 5, "takes a map"),
        ("<<: [{a: 1}, 2]", 1, 5, "takes a map"),
        ("%YAML 9.9\n---\na: 1", 1, 1, "incompatible"),
    ],
)
def test_errors_have_line_and_column(text, line, column, words):
    with pytest.raises(YamlInvalid) as failure:
        read(text)
    assert str(failure.value).startswith(f"penstock.yaml:{line}:{column}: ")
    assert words in str(failure.value)


@pytest.mark.parametrize("text", ["a: \0", "a: \ud800", "a: \x07"])
def test_characters_that_are_none(text):
    with pytest.raises(YamlInvalid, match=r"^penstock\.yaml: "):
        read(text)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(NotFound, match="There is no file"):
        read_yaml(tmp_path / "nothing.yaml")
    with pytest.raises(YamlInvalid, match="cannot be read"):
        read_yaml(tmp_path)
    broken = tmp_path / "latin.yaml"
    broken.write_bytes("a: 1\nb: né".encode("latin-1"))
    with pytest.raises(YamlInvalid, match=r"latin\.yaml:2:5: is not UTF-8"):
        read_yaml(broken)


def test_bombs_are_refused_fast(tmp_path):
    levels = "abcdefghi"
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n"
    bomb += "".join(f"{k}: &{k} [{','.join([f'*{before}'] * 9)}]\n" for before, k in pairwise(levels))
    merge_bomb = bomb.replace("[x,x,x,x,x,x,x,x,x]", "{x: 1, y: 2}")
    deep_alias = "a: &a " + "[" * 40 + "]" * 40 + "\nb: &b " + "[" * 40 + "*a" + "]" * 40
    large = tmp_path / "large.yaml"
    large.write_bytes(b"a: " + b"x" * 50_000_000)
    began = time.process_time()
    for text, words in (
        (bomb, f"{MAX_VALUES:,} values"),
        (merge_bomb, f"{MAX_VALUES:,} values"),
        ("[" * 100_000, "deeper"),
        ("a: " + "{b: " * 1000, "deeper"),
        (deep_alias, "deeper"),
        ("- a\n" * 150_000, f"{MAX_VALUES:,} values"),
    ):
        with pytest.raises(TooLarge, match=words):
            read(text)
    with pytest.raises(TooLarge, match=f"{MAX_BYTES:,} bytes"):
        read_yaml(large)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("country: no", [("country", "no", False)]),
        ("a: [Yes, off]", [("a", "off", False), (None, "Yes", True)]),
        ("time: 12:30", [("time", "12:30", 750)]),
        ("mode: 0755", [("mode", "0755", 493)]),
        ("a: 1e3\nb: 0o17\nc: '1e3'", [("a", "1e3", "1e3"), ("b", "0o17", "0o17")]),
        ("a: 'no'\nb: \"on\"\nc: true\nd: 12\ne: 0\nf: nothing\nno: x", []),
    ],
)
def test_what_yaml_reads_otherwise_than_it_looks(text, found):
    surprises = parse_yaml(text, FILE).surprises
    assert {(s.written, s.value) for s in surprises} == {(written, value) for _, written, value in found}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.integers(-(2**20), 2**20).map(lambda number: number / 16)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abc<é ", min_size=1), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(json_values)
def test_json_is_read_as_what_it_is(value):
    assert read(msgspec.json.encode(value).decode()) == value


@given(json_values)
def test_what_yaml_writes_is_read_back(value):
    assert read(yaml.safe_dump(value, allow_unicode=True)) == value


MARKS = [
    "a: ",
    "b:\n",
    "  ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "&x ",
    "*x ",
    "<<: ",
    "'",
    '"',
    "\n",
    "\t",
    "# ",
]
MARKS += ["|\n", "!!int ", "---\n", "? ", "1", "no", "{{ x }}", "%", "@", "é", "\\", ":"]
fragments = st.sampled_from(MARKS)


@given(st.lists(fragments, max_size=20).map("".join))
def test_any_text_is_read_or_refused(text):
    with contextlib.suppress(YamlInvalid, TooLarge):
        msgspec.json.encode(read(text))
