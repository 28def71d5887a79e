"""How big a piece of the package may be, and where it may reach."""

import ast
from collections.abc import Iterator
from statistics import median

FUNCTION_LINES = 60
MEDIAN_FUNCTION_LINES = 10
FILE_LINES = 600
# A name that fits everything tells nothing; modules are named after a noun of the docs.
SHAPELESS_NAMES = {"common", "helper", "helpers", "misc", "util", "utilities", "utils"}

# Where an import of our own may wait until it is needed, and in which function (None: in any).
LAZY_DOORS: dict[str, set[str] | None] = {
    "penstock/__init__.py": None,
    "penstock/cli/": None,
    "penstock/client/transport.py": None,
    "penstock/sdk/door.py": {"deployments", "engine", "run_inputs"},
    "penstock/sdk/flows.py": {"aserve", "serve"},
    "penstock/server/rendering/checking.py": {"_syntax"},
    "penstock/tracing/__init__.py": {"_open"},
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_of(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def length_of(function: Function) -> int:
    """Lines of signature and body. The docstring is not counted: saying more must never cost."""
    docstring = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    described = docstring.end_lineno - docstring.lineno + 1 if docstring else 0
    return function.end_lineno - function.lineno + 1 - described


def imports_ourselves(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(module=str(module)):
            return module.split(".")[0] == "penstock"
        case ast.Import(names=names):
            return any(alias.name.split(".")[0] == "penstock" for alias in names)
        case ast.Call(
            func=ast.Name(id="import_module") | ast.Attribute(attr="import_module"), args=[name, *_]
        ):
            return "penstock" in ast.unparse(name)
    return False


def is_declared_door(path: str, function: str) -> bool:
    return any(
        path.startswith(door) and (allowed is None or function in allowed)
        for door, allowed in LAZY_DOORS.items()
    )


def test_functions_are_short(sources):
    long = [
        f"{source.path}:{function.lineno} {function.name}: {length_of(function)} lines"
        for source in sources
        for function in functions_of(source.tree)
        if length_of(function) > FUNCTION_LINES
    ]
    assert long == []


def test_the_usual_function_is_read_at_a_glance(sources):
    lengths = [length_of(function) for source in sources for function in functions_of(source.tree)]
    assert median(lengths) <= MEDIAN_FUNCTION_LINES


def test_files_are_read_in_one_sitting(sources):
    assert [f"{source.path}: {source.lines}" for source in sources if source.lines > FILE_LINES] == []


def test_modules_are_named_after_what_they_are(sources):
    assert [
        str(source.path) for source in sources if SHAPELESS_NAMES & {*source.path.with_suffix("").parts}
    ] == []


def test_our_own_modules_are_imported_at_the_top_but_for_the_declared_doors(sources):
    hidden = {
        f"{source.path}:{node.lineno} in {function.name}"
        for source in sources
        for function in functions_of(source.tree)
        for node in ast.walk(function)
        if imports_ourselves(node) and not is_declared_door(source.path.as_posix(), function.name)
    }
    assert hidden == set()
