"""What all commands have in common: names, flags, help, failures and their exit codes."""

import json
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock import __version__
from penstock.cli import exits
from penstock.cli.command import Noun, argument, long_flags, output_option
from penstock.cli.exits import ExitCode, exit_code
from penstock.cli.nouns import NOUNS
from penstock.cli.render import cell, show_table
from penstock.cli.root import Root, penstock
from penstock.domain import errors

DOCS = Path(__file__).parents[2] / "docs" / "cli.md"


def test_help_names_every_noun_however_it_is_asked_for(penstock):
    text = penstock("--help").stdout
    assert penstock("-h").stdout == text == penstock().stdout == penstock("--no-prompt", "--help").stdout
    for noun in NOUNS:
        assert re.search(rf"^  {noun.name} ", text, re.MULTILINE)
        assert noun.help.split()[0] in text
    assert max(map(len, text.splitlines())) <= 80


def test_the_global_options_in_help_are_those_that_are_parsed(penstock):
    declared = {flag for option in penstock_options() for flag in (*option.opts, *option.secondary_opts)}
    told = set(re.findall(r"(?<!\w)--?[a-z-]+", penstock("--help").stdout.partition("Nouns:")[0]))
    assert told == declared | {"-h", "--help"}


def penstock_options() -> list[click.Option]:
    return [option for option in penstock.params if isinstance(option, click.Option)]


def test_the_version_is_told_alone_and_in_full(penstock):
    assert penstock("--version").stdout == penstock("-v").stdout == f"{__version__}\n"
    assert __version__ in penstock("version").stdout
    assert json.loads(penstock("version", "--json").stdout)["penstock"] == __version__


@pytest.mark.parametrize("name", ["version", "Version", "VERSION", "v_e-rsion"])
def test_names_are_matched_without_case_hyphens_and_underscores(penstock, name):
    assert penstock(name, "-o", "JSON").stdout


def test_every_noun_and_alias_is_found_but_not_two_ways():
    names = [name.replace("-", "") for noun in NOUNS for name in (noun.name, *noun.aliases)]
    assert len(names) == len(set(names))


def test_an_unknown_noun_verb_or_option_is_answered_with_the_nearest(penstock):
    failed = penstock("versoin", code=ExitCode.USAGE)
    assert failed.stderr.splitlines() == [
        "Error: There is no command `penstock versoin`. Did you mean 'version'?",
        "  See `penstock --help`.",
    ]
    assert "Did you mean 'view'?" in penstock("config", "veiw", code=ExitCode.USAGE).stderr
    # Click's own words, with quotes since its version 8.4.
    assert re.search(r"Did you mean '?--json'?\?", penstock("version", "--jsno", code=ExitCode.USAGE).stderr)


@given(st.lists(st.sampled_from(["-jv", "-cl", "-j", "x-jv", "-jv=1", "--", "a"])))
def test_two_letter_flags_are_written_out_as_whole_words_only(words):
    long = {"-jv": "--job-variable", "-jv=1": "--job-variable=1", "-cl": "--concurrency-limit"}
    end = words.index("--") if "--" in words else len(words)
    written = long_flags(words)
    assert written[:end] == [long.get(word, word) for word in words[:end]]
    assert written[end:] == words[end:]


@click.group("thing", cls=Noun)
def thing() -> None:
    """For the tests below."""


@thing.command("put")
@argument("first_name")
@argument("values", nargs=-1)
@click.option("--values-of")
@output_option
def put(**given: object) -> None:
    click.echo(json.dumps(given, sort_keys=True))


@pytest.mark.parametrize(
    ("line", "first", "values"),
    [
        ("put a b c", "a", ["b", "c"]),
        ("put --first-name a b c", "a", ["b", "c"]),
        ("put b --first_name=a c", "a", ["b", "c"]),
        ("put a --values b --values c", "a", ["b", "c"]),
        ("PUT -- --first-name b", "--first-name", ["b"]),
    ],
)
def test_arguments_may_be_given_by_position_or_by_name(capsys, line, first, values):
    thing.main(line.split(), standalone_mode=False)
    got = json.loads(capsys.readouterr().out)
    assert got == {"first_name": first, "values": values, "values_of": None, "as_json": False}


def test_an_argument_given_by_name_needs_its_value():
    with pytest.raises(click.BadOptionUsage):
        thing.main(["put", "--first-name"], standalone_mode=False)
    with pytest.raises(click.MissingParameter):
        thing.main(["put"], standalone_mode=False)


def test_every_kind_of_error_has_its_exit_code_and_the_document_lists_them_all():
    assert exit_code(errors.Fenced("")) == ExitCode.CONFLICT
    assert exit_code(errors.ServerUnreachable("")) == ExitCode.UNREACHABLE
    assert exit_code(errors.ParameterInvalid("")) == ExitCode.USAGE
    assert exit_code(exits.CommandFailed("")) == ExitCode.FAILED
    listed = re.findall(r"^\| (\d+) \|", DOCS.read_text(), re.MULTILINE)
    assert sorted(map(int, listed)) == sorted(ExitCode)


def test_every_noun_is_in_the_document():
    text = DOCS.read_text()
    assert [noun.name for noun in NOUNS if f"`{noun.name}" not in text] == []


def test_who_stops_reading_ends_the_command_without_a_word(environ):
    script = f"{sys.executable} -m penstock.cli.main config view --show-defaults --json; echo $? >&2"
    finished = subprocess.run(
        ["bash", "-c", f"({script}) | head -c 1"],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert finished.stderr.strip() in ("0", str(ExitCode.BROKEN_PIPE))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_printed(penstock, shell):
    assert "_PENSTOCK_COMPLETE" in penstock("completion", shell).stdout


def test_completion_knows_nouns_and_verbs(penstock):
    asked = {"_PENSTOCK_COMPLETE": "bash_complete", "COMP_WORDS": "penstock conf", "COMP_CWORD": "1"}
    assert penstock(**asked).stdout.split() == ["plain,config"]
    asked |= {"COMP_WORDS": "penstock config v", "COMP_CWORD": "2"}
    assert penstock(**asked).stdout.split() == ["plain,validate", "plain,view"]


def test_completion_is_silent_where_only_a_person_knows(penstock):
    asked = {
        "_PENSTOCK_COMPLETE": "bash_complete",
        "COMP_WORDS": "penstock flow-run logs --id ",
        "COMP_CWORD": "4",
    }
    answer = penstock(**asked)
    assert (answer.stdout.strip(), answer.stderr) == ("", "")


def test_cells_show_values_as_people_read_them():
    assert cell(None) == ""
    assert cell(True) == "yes"
    assert cell(["a", None, 3]) == "a, , 3"
    assert cell({"a": 1}) == '{"a":1}'


def test_the_root_knows_no_verbs_of_its_own():
    assert isinstance(penstock, Root)
    assert penstock.commands == {}


def test_an_interrupted_question_ends_cleanly(environ, tmp_path):
    program = (
        "import signal, sys, click\n"
        "from penstock.cli import root\n"
        "root.penstock.invoke = lambda ctx: signal.raise_signal(signal.SIGINT)\n"
        "sys.exit(root.run(['version']))"
    )
    finished = subprocess.run(
        [sys.executable, "-c", program], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert (finished.returncode, finished.stderr) == (ExitCode.INTERRUPTED, "\nError: Interrupted.\n")


def test_a_table_at_a_narrow_terminal_loses_nothing_and_keeps_ids_whole(monkeypatch, capsys):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    id = "019b8f5e-6c7c-7d2a-9d3e-2f6f0c9be5d1"
    show_table(("ID", "Flow", "Name", "State"), [[id, "f" * 20, "x" * 30, "y" * 20]])
    shown = capsys.readouterr().out
    assert id in shown
    assert [shown.count(letter) for letter in "xy"] == [30, 20]
