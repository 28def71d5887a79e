"""Environment variables that code reads, found without running it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.domain.env_scan import MAX_SOURCE, EnvironmentRead, compare_environment, environment_reads


@pytest.mark.parametrize(
    ("source", "reads"),
    [
        ('import os\nos.environ["A"]', [("A", 2, False)]),
        ('import os\nos.environ.get("A")', [("A", 2, False)]),
        ('import os\nos.environ.get("A", "d")', [("A", 2, True)]),
        ('import os\nos.environ.get("A", default=None)', [("A", 2, True)]),
        ('import os\nos.environ.pop("A")', [("A", 2, False)]),
        ('import os\nos.getenv("A")', [("A", 2, False)]),
        ('import os\nos.getenv("A", default="d")', [("A", 2, True)]),
        ('import os\n"A" in os.environ', [("A", 2, True)]),
        ('import os\n"A" not in os.environ', [("A", 2, True)]),
        ('import os as o\no.environ["A"]\no.getenv("B")', [("A", 2, False), ("B", 3, False)]),
        ('from os import environ\nenviron["A"]\nenviron.get("B")', [("A", 2, False), ("B", 3, False)]),
        ('from os import environ as e, getenv as g\ne["A"]\ng("B", 1)', [("A", 2, False), ("B", 3, True)]),
        ('def f():\n  x = os.environ["A"]\nimport os', [("A", 2, False)]),
        ('import os\nos.environ["A"]\nos.environ["A"]', [("A", 2, False), ("A", 3, False)]),
        ("import os\nf\"{os.environ['A']}\"", [("A", 2, False)]),
        ('import os\nos.environ["A"] = "x"\nos.environ["A"]', []),
        ('import os\nos.environ.setdefault("A", "x")\nos.environ["A"]', []),
        ('import os\ndel os.environ["A"]', []),
        ("import os\nos.environ[name]\nos.getenv(name)\nos.environ.get(1)\nos.environ.get()", []),
        ('import os\nos.environ.items()\nos.path.join("A")', []),
        ('os.environ["A"]\nos.getenv("B")\ngetenv("C")\nenviron["D"]', []),
        ('import posix as os2\nos2.environ["A"]\nos2.getenv("A")', []),
        ('from .os import environ\nenviron["A"]', []),
        ('from os import path, environ\npath["A"]', []),
        ('d = {}\nd["A"]\nd.get("A")\nd.setdefault("A", 1)\nd["B"] = 1\n"A" in d\nf(1)["A"]\nd.a["A"]', []),
        ('import os\n"A" < os.environ\n"A" in os.environ in x', []),
        ("import os.path\nimport sys", []),
        ('import os\nprint("\\d", os.environ["A"])', [("A", 2, False)]),
        ("def f(:", []),
        ("x = '\0'", []),
        ("", []),
        ("(" * 5_000, []),
        ("-" * 100_000 + "1", []),
        ('import os\nos.environ["A"]\n' + "#" * MAX_SOURCE, []),
    ],
)
def test_what_source_reads(source, reads):
    assert environment_reads(source) == tuple(EnvironmentRead(*read) for read in reads)


@given(st.text())
def test_scanning_never_raises(source):
    environment_reads(source)


def warned(reads, names):
    return [
        str(problem) for problem in compare_environment([EnvironmentRead(*read) for read in reads], names)
    ]


@pytest.mark.parametrize(
    ("reads", "names", "told"),
    [
        ([("A", 3, False)], ["A"], []),
        (
            [("DB_URL", 3, False)],
            [],
            ["env.DB_URL: the flow reads it on line 3, and no layer sets it. Set env.DB_URL."],
        ),
        ([("DB_URL", 3, True)], [], []),
        (
            [("EXECUTION_ENVIRONMENT", 3, True)],
            ["EXECUTION_ENVIROMENT"],
            [
                (
                    "env.EXECUTION_ENVIRONMENT: the flow reads it on line 3, and no layer sets it. "
                    "'EXECUTION_ENVIROMENT' is set and not read: is one of them misspelt?"
                )
            ],
        ),
        ([("DB_URL1", 3, True), ("DB_URL", 4, True)], ["DB_URL"], []),
        ([("HOME", 3, False), ("PREFECT_API_URL", 4, False), ("PENSTOCK__LEASE", 5, False)], [], []),
        (
            [("DB_URL", 3, True), ("DB_URL", 5, False), ("DB_URL", 7, False)],
            [],
            ["env.DB_URL: the flow reads it on line 5, and no layer sets it. Set env.DB_URL."],
        ),
        ([], ["A"], []),
    ],
)
def test_what_the_code_reads_is_compared_with_what_layers_set(reads, names, told):
    assert warned(reads, names) == told
