"""From an entrypoint, `path/to/file.py:flow` or `package.module:flow`, to the object that it names.

Code is only loaded from below the source's root, as links resolve, or, where a module is named, from an
installed package. What a file imports from beside it or from the root is found as if it were run from there.
"""

import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec

from penstock.domain.errors import InvalidInput, NotFound, PenstockError
from penstock.domain.names import did_you_mean
from penstock.sdk.exceptions import MissingFlowError, ScriptError

_loading: ContextVar[bool] = ContextVar("loading", default=False)
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_MAX_FILES_LISTED = 2_000
_NOT_LOOKED_INTO = {"__pycache__", "node_modules", "site-packages", "venv"}


class Entrypoint(msgspec.Struct, frozen=True):
    """Where an object is: in a file or a module, one of which is given, under a name."""

    name: str
    """`flow`, or `Class.method`."""
    file: str | None = None
    module: str | None = None

    def __str__(self) -> str:
        return f"{self.file or self.module}:{self.name}"


class EntrypointInvalid(InvalidInput):
    """An entrypoint that cannot be read, or that leads out of its source."""

    code = "entrypoint-invalid"

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message, field="entrypoint", hint=hint)


def parse_entrypoint(text: str) -> Entrypoint:
    """Read `path/to/file.py:flow`, `package.module:flow` or `package.module.flow`."""
    place, colon, name = text.rpartition(":")
    if not colon:
        place, _, name = text.rpartition(".")
    if "\0" in text or not _NAME.fullmatch(name):
        raise _unreadable(text)
    if place.endswith(".py"):
        return Entrypoint(name, file=place)
    if not _NAME.fullmatch(place):
        raise _unreadable(text)
    return Entrypoint(name, module=place)


def _unreadable(text: str) -> EntrypointInvalid:
    return EntrypointInvalid(
        f"The entrypoint {text[:200]!r} is not understood.",
        "Write path/to/file.py:flow or package.module:flow.",
    )


def find_file(entrypoint: Entrypoint, root: Path) -> Path:
    """The file of an entrypoint, with links resolved.

    Raises:
        EntrypointInvalid: It is not below `root`, or is no file.
        NotFound: It does not exist; with the nearest file that does.
    """
    base = Path(os.path.realpath(root))
    assert entrypoint.file is not None
    file = Path(os.path.realpath(base / entrypoint.file))
    if not file.is_relative_to(base):
        raise EntrypointInvalid(
            f"The entrypoint {entrypoint} leads out of its source {root}.",
            "Keep the flow's file below it.",
        )
    if file.is_file():
        return file
    if file.exists():
        raise EntrypointInvalid(f"The entrypoint {entrypoint} names something that is no file.")
    hint = did_you_mean(entrypoint.file, _python_files(base))
    raise NotFound(f"There is no file {entrypoint.file} in {root}.", hint=hint or None)


def _python_files(root: Path) -> list[str]:
    """Some of the Python files below `root`, relative to it."""
    found: list[str] = []
    for directory, names, files in os.walk(root):
        names[:] = [name for name in names if not name.startswith(".") and name not in _NOT_LOOKED_INTO]
        found += [os.path.relpath(Path(directory, file), root) for file in files if file.endswith(".py")]
        if len(found) > _MAX_FILES_LISTED:
            break
    return found


def is_loading() -> bool:
    """Whether the calling code is executed to find a flow in it, and not because somebody started it."""
    return _loading.get()


@contextmanager
def _as_loading() -> Iterator[None]:
    token = _loading.set(True)
    try:
        yield
    finally:
        _loading.reset(token)


def load_entrypoint(text: str, root: Path, expected: type | None = None) -> Any:
    """The object that an entrypoint names.

    Args:
        text: The entrypoint.
        root: The source's directory, which it may not leave. It and the file's own directory go to the front
            of `sys.path`, and stay there, because flows import while they run too.
        expected: Of which type the object must be; `Flow`, usually.

    Raises:
        EntrypointInvalid: It cannot be read, leads out of `root`, or names something of another type.
        NotFound: There is no such file or module.
        MissingFlowError: The file or module has no such name; with the nearest one that it has.
        ScriptError: The user's code raised an exception while it was loaded.
    """
    entrypoint = parse_entrypoint(text)
    with _as_loading():
        module = load_file(entrypoint, root) if entrypoint.file else _load_module(entrypoint, root)
    found: Any = module
    for step in entrypoint.name.split("."):
        try:
            found = getattr(found, step)
        except AttributeError:
            raise _missing(entrypoint, module, expected) from None
    if expected is not None and not isinstance(found, expected):
        raise _of_another_type(entrypoint, found, module, expected)
    return found


def _missing(entrypoint: Entrypoint, module: ModuleType, expected: type | None) -> MissingFlowError:
    names = list(_names_of(module, expected))
    place = entrypoint.file or entrypoint.module
    has = f"It has: {', '.join(sorted(names)[:10])}." if names else ""
    hint = did_you_mean(entrypoint.name, names) or has
    return MissingFlowError(f"{place} has nothing named {entrypoint.name!r}.", hint=hint or None)


def _of_another_type(
    entrypoint: Entrypoint, found: Any, module: ModuleType, expected: type
) -> EntrypointInvalid:
    kind = expected.__name__.lower()
    names = list(_names_of(module, expected))
    if callable(found) and not isinstance(found, type) and not names:
        hint = f"Decorate it with @{kind}."
    else:
        hint = did_you_mean(entrypoint.name, names) or f"There are: {', '.join(names[:10]) or 'none'}."
    return EntrypointInvalid(f"{entrypoint} is of the type {type(found).__name__}, and no {kind}.", hint)


def _names_of(module: ModuleType, expected: type | None) -> Iterator[str]:
    for name, value in vars(module).items():
        wanted = isinstance(value, expected) if expected else callable(value)
        if wanted and not name.startswith("_"):
            yield name


def load_file(entrypoint: Entrypoint, root: Path) -> ModuleType:
    """The module that a file makes. A file that has not changed since is not executed again."""
    file = find_file(entrypoint, root)
    _make_importable(Path(os.path.realpath(root)), file.parent)
    name = _module_name(file)
    version = _version(file)
    loaded = sys.modules.get(name)
    if loaded is not None and getattr(loaded, "__penstock_version__", None) == version:
        return loaded
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    module.__dict__["__penstock_version__"] = version
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        raise _failure(error, str(entrypoint)) from error
    return module


def _version(file: Path) -> tuple[int, int]:
    status = file.stat()
    return status.st_mtime_ns, status.st_size


def _module_name(file: Path) -> str:
    """The file's plain name, so that other processes can import what it defines, unless that is taken."""
    plain = file.stem
    taken = sys.modules.get(plain)
    is_free = taken is None or _file_of(taken) == file
    if plain.isidentifier() and is_free and plain not in sys.stdlib_module_names:
        return plain
    return f"{re.sub(r'[^0-9A-Za-z_]', '_', plain)}_{sha256(os.fsencode(file)).hexdigest()[:12]}"


def _file_of(module: ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(os.path.realpath(file)) if file else None


def _make_importable(root: Path, *directories: Path) -> None:
    """Put directories at the front of `sys.path`, and forget what another source has in their way."""
    for directory in dict.fromkeys([root, *directories]):
        text = str(directory)
        if sys.path[0] != text:
            sys.path[:] = [text, *(entry for entry in sys.path if entry != text)]
        _forget_namesakes(directory)
        _source_directories.add(directory)


_source_directories: set[Path] = set()
"""What was put on `sys.path` for the sake of sources."""


def _forget_namesakes(directory: Path) -> None:
    """Modules of other sources with the name of one of `directory` would be imported instead of it."""
    others = _source_directories - {directory}
    names = {entry.stem for entry in directory.iterdir() if entry.suffix == ".py" or entry.is_dir()}
    for name in names & {*sys.modules}:
        family = [key for key in sys.modules if key == name or key.startswith(f"{name}.")]
        files = [file for key in family if (file := _file_of(sys.modules[key]))]
        if any(not file.is_relative_to(directory) and _is_below(file, others) for file in files):
            for key in family:
                del sys.modules[key]


def _is_below(file: Path, directories: Iterable[Path]) -> bool:
    return any(file.is_relative_to(directory) for directory in directories)


def _load_module(entrypoint: Entrypoint, root: Path) -> ModuleType:
    base = Path(os.path.realpath(root))
    assert entrypoint.module is not None
    _make_importable(base)
    importlib.invalidate_caches()
    top = entrypoint.module.partition(".")[0]
    if top in sys.stdlib_module_names:
        raise EntrypointInvalid(f"The entrypoint {entrypoint} names a module of Python itself.")
    try:
        module = importlib.import_module(entrypoint.module)
    except ModuleNotFoundError as error:
        if error.name and f"{entrypoint.module}.".startswith(f"{error.name}."):
            files = [file.removesuffix(".py").replace(os.sep, ".") for file in _python_files(base)]
            hint = did_you_mean(entrypoint.module, files)
            raise NotFound(f"There is no module {entrypoint.module}.", hint=hint) from None
        raise _failure(error, str(entrypoint)) from error
    except BaseException as error:
        raise _failure(error, str(entrypoint)) from error
    _check_place(module, entrypoint, base)
    return module


def _check_place(module: ModuleType, entrypoint: Entrypoint, base: Path) -> None:
    """A link below the root must not lead out of it. An installed package is not below the root at all."""
    file = module.__file__
    if file and Path(file).is_relative_to(base) and not Path(os.path.realpath(file)).is_relative_to(base):
        raise EntrypointInvalid(f"The entrypoint {entrypoint} leads out of its source {base}.")


def _failure(error: BaseException, what: str) -> BaseException:
    """What to raise where user code failed to load: its own, for those who stop the process."""
    if isinstance(error, PenstockError) or not isinstance(error, Exception | SystemExit):
        return error
    cause = error if isinstance(error, Exception) else RuntimeError(f"SystemExit: {error}")
    return ScriptError(f"Loading {what} raised {type(error).__name__}: {error}.", user_exc=cause)
