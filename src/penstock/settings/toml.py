"""TOML files, read and written. Writing knows tables of texts only: that is all that profiles hold."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from penstock.settings.catalog import SettingInvalid


def read_toml(file: Path) -> dict[str, Any] | None:
    """The document in `file`, or None where there is none.

    Raises:
        SettingInvalid: It cannot be read, or is no TOML; says at which line.
    """
    try:
        data = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        message = f"{file} cannot be read: {error.strerror}."
        raise SettingInvalid(message) from error
    import tomllib  # costs more than everything else here, and most homes have no file

    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        message = f"{file} is not valid TOML: {error}."
        raise SettingInvalid(message) from error


def write_toml(file: Path, top: Mapping[str, str], tables: Mapping[str, Mapping[str, str]]) -> None:
    """Replace `file`, whole or not at all, by texts and tables of texts. Only its owner may read it."""
    lines = [f"{key} = {_quoted(value)}" for key, value in top.items()]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {_quoted(value)}" for key, value in table.items())]
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text("\n".join(lines) + "\n", "utf-8")
    draft.replace(file)


def _quoted(text: str) -> str:
    # A basic string of TOML is one of JSON, but for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def bare_or_quoted(key: str) -> str:
    """`key` as part of a table's name."""
    return key if key and all(c.isascii() and (c.isalnum() or c in "-_") for c in key) else _quoted(key)
