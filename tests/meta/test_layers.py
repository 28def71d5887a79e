"""Which part knows which library of others. Who of ours may import whom is told to import-linter."""

import ast
import sys

# Where each library may be named. One that has a single home can be exchanged by changing that home.
HOMES = {
    "asyncpg": ["penstock/db/postgres.py"],
    "click": ["penstock/cli/"],
    "cryptography": ["penstock/server/secrets/"],
    "cronsim": ["penstock/domain/schedules/"],
    "dateutil": ["penstock/domain/schedules/"],
    "h11": ["penstock/server/outside/"],
    "jinja2": ["penstock/server/sandbox/"],
    "opentelemetry": ["penstock/tracing/opentelemetry.py"],
    "jsonschema_rs": ["penstock/domain/json_schema.py"],
    "pydantic": ["penstock/sdk/parameters.py", "penstock/sdk/run_inputs.py", "penstock/workers/"],
    "pydantic_core": ["penstock/sdk/parameters.py", "penstock/workers/"],
    "rich": ["penstock/cli/"],
    "sqlalchemy": ["penstock/db/"],
    "sqlite3": ["penstock/db/"],
    "uvicorn": ["penstock/server/"],
    "uvloop": ["penstock/server/"],
    "websockets": ["penstock/client/sockets.py"],
    "yaml": ["penstock/cli/", "penstock/sdk/deployments/"],
}
EVERYWHERE = {"msgspec", "penstock"}

# The domain decides: it neither waits, nor looks at the clock, the disk or the network, nor tells a log.
NOT_IN_THE_DOMAIN = {
    "asyncio",
    "http",
    "logging",
    "os",
    "pathlib",
    "socket",
    "sqlite3",
    "subprocess",
    "tempfile",
    "threading",
    "time",
}
ENTROPY = {"penstock/domain/ids.py": {"os"}}  # an id has random bits; everything else is handed in


def libraries_named_in(tree: ast.Module) -> set[str]:
    nodes = list(ast.walk(tree))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    taken_from = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in plain | taken_from}


def may_name(path: str, library: str) -> bool:
    if library in HOMES:
        return any(path.startswith(home) for home in HOMES[library])
    return library in EVERYWHERE or library in sys.stdlib_module_names


def test_each_library_is_named_only_where_it_is_at_home(sources):
    strangers = [
        f"{source.path} imports {library}"
        for source in sources
        for library in sorted(libraries_named_in(source.tree))
        if not may_name(source.path.as_posix(), library)
    ]
    assert strangers == []


def test_the_domain_is_pure(sources):
    impure = [
        f"{source.path} imports {library}"
        for source in sources
        if source.path.as_posix().startswith("penstock/domain/")
        for library in sorted(libraries_named_in(source.tree) & NOT_IN_THE_DOMAIN)
        if library not in ENTROPY.get(source.path.as_posix(), set())
    ]
    assert impure == []


def test_every_folder_is_a_package_that_import_linter_sees(sources):
    """A folder without `__init__.py` imports just as well, but is passed over when the layers are checked."""
    packages = {source.path.parent for source in sources if source.path.name == "__init__.py"}
    assert {str(source.path.parent) for source in sources if source.path.parent not in packages} == set()
