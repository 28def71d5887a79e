"""The process that fills templates, which `rendering.renderer` starts.

It does one job after another. It can neither open files nor connect, its memory is bounded, and it ends by an
alarm where a job takes too long, whatever the job is doing then. What it was given is plain data.
"""

import resource
import signal
import socket
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from importlib import import_module
from typing import Any, TypeAlias

import msgspec
from jinja2 import Template, TemplateError, nodes
from msgspec import Struct

from penstock.server.sandbox.language import Missing, plain
from penstock.server.sandbox.problems import TemplateProblem
from penstock.server.sandbox.protocol import Failure, Job, Result, receive, send
from penstock.server.sandbox.syntax import SANDBOX, study

_KEPT = 256
_LOADED_LATE = """encodings.unicode_escape encodings.raw_unicode_escape encodings.latin_1 encodings.ascii
    encodings.utf_8 encodings.idna textwrap html.entities traceback linecache jinja2.debug""".split()
"""What the engine and the library behind it load when they first need it."""

_Context: TypeAlias = dict[str, Any]


class Ready(Struct, frozen=True):
    """A template that was compiled."""

    template: Template
    is_expression: bool
    """Whether it is one expression, whose value is the answer."""


class TooMuch(Exception):
    """The output of a job has grown too large."""


class Output:
    """Counts what a job makes."""

    def __init__(self, at_most: int) -> None:
        self._at_most = self._left = at_most

    def count(self, size: int) -> None:
        """Raises `TooMuch`."""
        self._left -= size
        if self._left < 0:
            message = f"This makes more than {self._at_most:,} bytes."
            raise TooMuch(message)


class Invalid(Exception):
    """A template that cannot be compiled."""

    def __init__(self, problem: TemplateProblem) -> None:
        super().__init__(problem.message)
        self.problem = problem


_ready: OrderedDict[str, Ready] = OrderedDict()


def _made(text: str) -> Ready:
    if (ready := _ready.get(text)) is not None:
        _ready.move_to_end(text)
        return ready
    found = study(text)
    if found.problems or found.tree is None:
        raise Invalid(found.problems[0])
    expression = found.expression
    tree = found.tree
    if expression is not None:
        result = nodes.Assign(nodes.Name("result", "store"), expression, lineno=1)
        tree = nodes.Template([result], lineno=1)
        tree.set_environment(SANDBOX)
    _ready[text] = ready = Ready(SANDBOX.from_string(tree), expression is not None)
    if len(_ready) > _KEPT:
        _ready.popitem(last=False)
    return ready


def _filled(text: str, context: _Context, output: Output) -> Any:
    ready = _made(text)
    seen = ready.template.new_context(context)
    pieces = ready.template.root_render_func(seen)
    if not ready.is_expression:
        return "".join(_counted(pieces, output))
    for _ in pieces:
        pass
    value = plain(seen.vars["result"])
    output.count(len(msgspec.json.encode(value)))
    return value


def _counted(pieces: Iterator[str], output: Output) -> Iterator[str]:
    for piece in pieces:
        output.count(len(piece.encode()))
        yield piece


def fill(job: Job) -> Result:
    """Fill the templates of a job."""
    values: list[Any] = []
    failures: list[Failure] = []
    output = Output(job.at_most)
    Missing.context = job.context
    for index, text in enumerate(job.texts):
        try:
            values.append(_filled(text, job.context, output))
        except (MemoryError, RecursionError):
            raise
        except Exception as error:  # whatever a template brings about is told to who wrote it
            values.append(None)
            failures.append(_failure(index, text, error))
    return Result(values=values, failures=failures)


def _failure(index: int, text: str, error: Exception) -> Failure:
    if isinstance(error, Invalid):
        problem = error.problem
        return Failure(index=index, line=problem.line, message=problem.message, hint=problem.hint)
    said = str(error) or type(error).__name__
    if not isinstance(error, (TemplateError, TooMuch, TypeError, ValueError)):
        said = f"{type(error).__name__}: {said}"
    return Failure(index=index, line=_line(text, error), message=_sentence(said[:500]))


def _sentence(text: str) -> str:
    text = f"{text[:1].upper()}{text[1:]}"
    return text if text.endswith((".", "?")) else f"{text}."


def _line(text: str, error: Exception) -> int:
    ready, line, trace = _ready.get(text), 1, error.__traceback__
    while ready is not None and trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = ready.template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return line


def serve(channel: socket.socket, seconds: float) -> None:
    """Do what is asked until nobody is there to ask."""
    send(channel, Result(values=[]))
    is_last = False
    while not is_last:
        try:
            job = msgspec.json.decode(receive(channel), type=Job)
        except EOFError:
            return
        signal.setitimer(signal.ITIMER_REAL, seconds)
        result = _bounded(job)
        signal.setitimer(signal.ITIMER_REAL, 0)
        is_last = result.is_last
        send(channel, result)


def _bounded(job: Job) -> Result:
    try:
        return fill(job)
    except MemoryError:
        message = "This takes more memory than a template may have."
    except RecursionError:
        message = "This goes too deep: it calls itself, or is nested too much."
    return Result(values=[], failures=[Failure(index=0, line=1, message=message)], is_last=True)


def confine(memory: int) -> None:
    """Give up what filling templates does not need."""
    _limit(resource.RLIMIT_AS, memory)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_NOFILE, 0)


def _limit(kind: int, most: int) -> None:
    # macOS knows the names of some limits only.
    with suppress(ValueError, OSError) if sys.platform == "darwin" else nullcontext():
        resource.setrlimit(kind, (most, most))


def main(descriptor: str, seconds: str, memory: str) -> None:
    """Run, on a socket that was inherited: its number, seconds for a job, and bytes of memory."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C at the server's terminal is the server's
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    channel = socket.socket(fileno=int(descriptor))
    _warm_up()
    confine(int(memory))
    serve(channel, float(seconds))


def _warm_up() -> None:
    """Load what is loaded at first use."""
    for name in _LOADED_LATE:
        import_module(name)
    texts = ["{{ a.b }} {{ 'x' ~ 1 }}", "{{ a.c }} {% for x in a.b %}{{ x | upper }}{% endfor %}", "{% if %}"]
    fill(Job(texts=texts, context={"a": {"b": "é"}}, at_most=1000))
    _ready.clear()
