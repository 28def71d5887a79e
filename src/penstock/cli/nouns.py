"""What the command line knows, as plain data, so that asking for help costs no more than printing it."""

import os
from typing import NamedTuple


class NounEntry(NamedTuple):
    """One word after `penstock`, and the module whose attribute of the same name (`-` is `_`) answers it."""

    name: str
    module: str
    help: str
    aliases: tuple[str, ...] = ()


class GlobalOption(NamedTuple):
    """An option that stands before the noun."""

    flags: tuple[str, ...]
    help: str
    metavar: str = ""


NOUNS = (
    NounEntry("server", "server", "Start and stop the server; look after its database."),
    NounEntry("dashboard", "dashboard", "Open the web UI."),
    NounEntry("worker", "worker", "Start a worker, which runs what is due in a work pool.", ("workers",)),
    NounEntry("deploy", "deploy", "Create or update deployments, from penstock.yaml or an entrypoint."),
    NounEntry("init", "init", "Write a penstock.yaml to start from."),
    NounEntry(
        "deployment", "deployment", "Run, explain, inspect and schedule deployments.", ("deployments",)
    ),
    NounEntry("flow", "flow", "List flows; serve one from this process.", ("flows",)),
    NounEntry("flow-run", "flow_run", "Follow, explain, cancel, resume and retry flow runs.", ("flow-runs",)),
    NounEntry("task-run", "task_run", "Look at task runs.", ("task-runs",)),
    NounEntry("work-pool", "work_pool", "Manage work pools and their job templates.", ("work-pools",)),
    NounEntry("work-queue", "work_queue", "Manage the queues of work pools.", ("work-queues",)),
    NounEntry(
        "automation",
        "automation",
        "When this happens, do that: test, explain and manage automations.",
        ("automations",),
    ),
    NounEntry("block", "block", "What notifications are sent by, and secrets.", ("blocks",)),
    NounEntry("webhook", "webhook", "URLs that turn what others post into events.", ("webhooks",)),
    NounEntry("resolve", "resolve", "Resolve job variables offline, from files."),
    NounEntry("event", "event", "Follow events; emit one.", ("events",)),
    NounEntry("artifact", "artifact", "Look at what runs left behind.", ("artifacts",)),
    NounEntry(
        "concurrency-limit",
        "concurrency_limit",
        "Limit how many task runs with a tag run at once.",
        ("concurrency-limits",),
    ),
    NounEntry(
        "global-concurrency-limit",
        "global_concurrency_limit",
        "Limit how much is done at once, or how often, by any code.",
        ("gcl",),
    ),
    NounEntry("variable", "variable", "Read and write variables.", ("variables",)),
    NounEntry("experimental", "experimental", "The default result storage."),
    NounEntry("config", "config", "View and change settings, and where each one comes from."),
    NounEntry(
        "api-key", "api_key", "Credentials for programs, that can be taken back one by one.", ("api-keys",)
    ),
    NounEntry("audit", "audit", "What was changed and by whom: list, verify and export the audit log."),
    NounEntry("profile", "profile", "Switch between sets of settings.", ("profiles",)),
    NounEntry("completion", "completion", "Print the shell's completion script."),
    NounEntry("version", "version", "Show versions."),
)

GLOBAL_OPTIONS = (
    GlobalOption(("--profile", "-p"), "Use the settings of this profile.", "NAME"),
    GlobalOption(("--prompt", "--no-prompt"), "May commands ask? Yes, where a person sits at the terminal."),
    GlobalOption(("--version", "-v"), "Print the version and exit."),
    GlobalOption(("--help", "-h"), "Show this text and exit."),
)

_SUMMARY = (
    "Run Python workflows, override any infrastructure setting of any run, and see why it has its value."
)
_EPILOG = "`penstock NOUN --help` lists what can be done with one. Exit codes: docs/cli.md."


def overview() -> str:
    """The text of `penstock --help`."""
    options = [(", ".join(option.flags) + f" {option.metavar}", option.help) for option in GLOBAL_OPTIONS]
    nouns = [(noun.name, noun.help) for noun in NOUNS]
    sections = [
        "Usage: penstock [OPTIONS] NOUN [VERB] ...",
        _wrapped(_SUMMARY),
        "Options:\n" + _columns(options),
    ]
    return "\n\n".join([*sections, "Nouns:\n" + _columns(nouns), _wrapped(_EPILOG)])


def _columns(rows: list[tuple[str, str]]) -> str:
    left = max(len(term) for term, _ in rows) + 4
    return "\n".join(f"  {term.rstrip():<{left - 2}}{_wrapped(text, left)}" for term, text in rows)


def _wrapped(text: str, indent: int = 0) -> str:
    """`text` in lines that fit beside a margin; `textwrap` would cost more than the whole help."""
    lines, room = [""], max(terminal_width() - indent, 20)
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return f"\n{' ' * indent}".join(lines)


def terminal_width() -> int:
    """Columns of the terminal, 100 at most; 80 where there is none."""
    try:
        return min(os.get_terminal_size().columns or 80, 100)
    except OSError:
        return 80
