"""Types of what is said to flow runs, and the ways in which values of them are sent and received.

This module knows pydantic. It is imported when such a type is used, and not before.
"""

from collections.abc import Coroutine
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar, cast
from uuid import UUID, uuid4

import msgspec
import pydantic

from penstock.contract.flow_run_inputs import FlowRunInput
from penstock.domain.pauses import keyset
from penstock.domain.states import State
from penstock.sdk.caller_colour import caller_colour, finished
from penstock.sdk.engine.colours import SUSPENDING, Colour
from penstock.sdk.flow_run_inputs import SENDER, hear, say
from penstock.sdk.input_handlers import GetAutomaticInputHandler, GetInputHandler

T = TypeVar("T")
Keyset = dict[Literal["description", "response", "schema"], str]
"""The keys under which something is asked for, and answered."""


def keyset_from_base_key(base_key: str) -> Keyset:
    """The keys that begin with `base_key`."""
    return cast(Keyset, keyset(base_key))


def keyset_from_paused_state(state: State) -> Keyset:
    """The keys of the question that a pause asks. Raises `RuntimeError` for a state that is none."""
    if not state.is_paused():
        raise RuntimeError(f"{state.name} is not the state of a pause.")
    return keyset_from_base_key(f"{(state.name or '').lower()}-{state.state_details.pause_key}")


class RunInputMetadata(pydantic.BaseModel):
    """Where a value came from."""

    key: str
    sender: str | None = None
    receiver: UUID


class BaseRunInput(pydantic.BaseModel):
    """What `RunInput` and wrapped plain values have in common."""

    model_config = pydantic.ConfigDict(extra="forbid")

    _description: ClassVar[str | None] = None
    _metadata: RunInputMetadata = pydantic.PrivateAttr()

    @property
    def metadata(self) -> RunInputMetadata:
        """Under which key this was said, by whom, to which run."""
        return self._metadata

    @classmethod
    def keyset_from_type(cls) -> Keyset:
        """The keys that begin with the type's name."""
        return keyset_from_base_key(cls.__name__.lower())

    @classmethod
    def with_initial_data(cls, description: str | None = None, **initial: Any) -> type[Self]:
        """The same type with values that a form begins with, and a text for people above it.

        Args:
            description: Markdown.
            initial: Fields and the values that they have where nothing else is given.
        """
        fields: dict[str, Any] = {}
        for name, value in initial.items():
            known = cls.model_fields.get(name)
            fields[name] = (known.annotation if known is not None else Any, value)
        made = pydantic.create_model(cls.__name__, __base__=cls, **fields)
        if description is not None:
            made._description = description
        return made

    @classmethod
    def save(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> None:
        """Say to a run what it waits for. In a coroutine, await it."""
        colour = caller_colour()
        return finished(cls._save(keyset, flow_run_id, colour), colour)

    @classmethod
    async def asave(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> None:
        """`save` that is always awaited."""
        await cls._save(keyset, flow_run_id, SUSPENDING)

    @classmethod
    async def _save(cls, keyset: Keyset, flow_run_id: UUID | None, colour: Colour) -> None:
        schema, description = asked(cls)
        await say(colour, keyset["schema"], schema, flow_run_id)
        if description is not None:
            await say(colour, keyset["description"], description, flow_run_id)

    @classmethod
    def load(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> Any:
        """What a run was answered. In a coroutine, await it."""
        colour = caller_colour()
        return finished(cls._load(keyset, flow_run_id, colour), colour)

    @classmethod
    async def aload(cls, keyset: Keyset, flow_run_id: UUID | None = None) -> Any:
        """`load` that is always awaited."""
        return await cls._load(keyset, flow_run_id, SUSPENDING)

    @classmethod
    async def _load(cls, keyset: Keyset, flow_run_id: UUID | None, colour: Colour) -> Any:
        return answered(cls, await hear(colour, keyset["response"], flow_run_id))

    @classmethod
    def load_from_flow_run_input(cls, flow_run_input: FlowRunInput) -> Self:
        """The value that was said."""
        value = cls.model_validate_json(flow_run_input.value)
        value._metadata = RunInputMetadata(
            key=flow_run_input.key, sender=flow_run_input.sender, receiver=flow_run_input.flow_run_id
        )
        return value

    def send_to(self, flow_run_id: UUID, sender: str | None = None, key_prefix: str | None = None) -> None:
        """Say this to a flow run. In a coroutine, await it."""
        return send_input(self, flow_run_id, sender, key_prefix)

    async def asend_to(
        self, flow_run_id: UUID, sender: str | None = None, key_prefix: str | None = None
    ) -> None:
        """`send_to` that is always awaited."""
        await asend_input(self, flow_run_id, sender, key_prefix)

    def respond(self, run_input: Any, sender: str | None = None, key_prefix: str | None = None) -> None:
        """Say something to the flow run that said this. In a coroutine, await it.

        Raises:
            RuntimeError: No flow run said it.
        """
        return send_input(run_input, self._sender(), sender, key_prefix)

    async def arespond(
        self, run_input: Any, sender: str | None = None, key_prefix: str | None = None
    ) -> None:
        """`respond` that is always awaited."""
        await asend_input(run_input, self._sender(), sender, key_prefix)

    def _sender(self) -> UUID:
        sender = self._metadata.sender or ""
        if not sender.startswith(SENDER):
            raise RuntimeError("No flow run said this, so that there is nobody to answer.")
        return UUID(sender.removeprefix(SENDER))


class RunInput(BaseRunInput):
    """A form that people fill in, or that runs send one another: derive from it and declare the fields."""

    @classmethod
    def receive(
        cls,
        timeout: float | None = 3600,
        poll_interval: float = 10,
        raise_timeout_error: bool = False,
        exclude_keys: set[str] | None = None,
        key_prefix: str | None = None,
        flow_run_id: UUID | None = None,
    ) -> "GetInputHandler[Self]":
        """What is sent to the run around the calling code, of this type, as it comes; see `receive_input`."""
        prefix = key_prefix or _prefix_of(cls)
        return GetInputHandler(
            cls, prefix, timeout, poll_interval, raise_timeout_error, exclude_keys, flow_run_id
        )

    @classmethod
    def subclass_from_base_model_type(cls, model_cls: type[pydantic.BaseModel]) -> type["RunInput"]:
        """A `RunInput` with the fields of a model."""
        return type(f"{model_cls.__name__}RunInput", (RunInput, model_cls), {})


class AutomaticRunInput(BaseRunInput, Generic[T]):
    """A plain value, wrapped."""

    value: T

    @classmethod
    def subclass_from_type(cls, _type: Any) -> type["AutomaticRunInput[Any]"]:
        """The wrapper of values of a type."""
        name = f"{getattr(_type, '__name__', '').lower()}AutomaticRunInput"
        return pydantic.create_model(name, __base__=AutomaticRunInput, value=(_type, ...))

    @classmethod
    def receive(
        cls,
        timeout: float | None = 3600,
        poll_interval: float = 10,
        raise_timeout_error: bool = False,
        exclude_keys: set[str] | None = None,
        key_prefix: str | None = None,
        flow_run_id: UUID | None = None,
        with_metadata: bool = False,
    ) -> "GetAutomaticInputHandler[T]":
        """What is sent to the run around the calling code, of this type, as it comes; see `receive_input`."""
        return GetAutomaticInputHandler(
            cls,
            key_prefix or _prefix_of(cls),
            timeout,
            poll_interval,
            raise_timeout_error,
            exclude_keys,
            flow_run_id,
            with_metadata,
        )


def run_input_subclass_from_type(_type: Any) -> type[RunInput] | type[AutomaticRunInput[Any]]:
    """The type of input for values of a type: itself, or a wrapper."""
    if isinstance(_type, type) and issubclass(_type, RunInput | AutomaticRunInput):
        return _type
    if isinstance(_type, type) and issubclass(_type, pydantic.BaseModel):
        return RunInput.subclass_from_base_model_type(_type)
    return AutomaticRunInput.subclass_from_type(_type)


def asked(wanted: Any) -> tuple[str, str | None]:
    """What a run says that asks for a value of a type: its JSON Schema, and a text for people; as JSON."""
    kind = run_input_subclass_from_type(wanted)
    schema = msgspec.json.encode(kind.model_json_schema()).decode()
    text = kind._description
    return schema, None if text is None else msgspec.json.encode(text).decode()


def answered(wanted: Any, document: bytes) -> Any:
    """The value of a type that a run was answered."""
    value = run_input_subclass_from_type(wanted).model_validate_json(document)
    return value.value if isinstance(value, AutomaticRunInput) else value


def _prefix_of(kind: type[BaseRunInput]) -> str:
    return f"{kind.__name__.lower()}-auto"


def send_input(
    run_input: Any, flow_run_id: UUID, sender: str | None = None, key_prefix: str | None = None
) -> None:
    """Say something to a flow run, which `receive_input` of its type gets. In a coroutine, await it.

    Args:
        run_input: A `RunInput`, a pydantic model, or a plain value.
        sender: Who says it; the flow run around the calling code, where it is left out.
        key_prefix: How its key begins, where the receiver asks for another than that of the type.

    Raises:
        NotFound: There is no such run.
    """
    colour = caller_colour()
    return finished(_send(run_input, flow_run_id, sender, key_prefix, colour), colour)


async def asend_input(
    run_input: Any, flow_run_id: UUID, sender: str | None = None, key_prefix: str | None = None
) -> None:
    """`send_input` that is always awaited."""
    await _send(run_input, flow_run_id, sender, key_prefix, SUSPENDING)


def _send(
    run_input: Any, flow_run_id: UUID, sender: str | None, key_prefix: str | None, colour: Colour
) -> Coroutine[Any, Any, None]:
    value = _wrapped(run_input)
    key = f"{key_prefix or _prefix_of(type(value))}-{uuid4()}"
    return say(colour, key, value.model_dump_json(), flow_run_id, sender)


def _wrapped(value: Any) -> BaseRunInput:
    if isinstance(value, BaseRunInput):
        return value
    kind: Any = run_input_subclass_from_type(type(value))
    if isinstance(value, pydantic.BaseModel):
        form: BaseRunInput = kind.model_validate(value.model_dump())
        return form
    wrapper: BaseRunInput = kind(value=value)
    return wrapper


def receive_input(
    input_type: Any,
    timeout: float | None = 3600,
    poll_interval: float = 10,
    raise_timeout_error: bool = False,
    exclude_keys: set[str] | None = None,
    key_prefix: str | None = None,
    flow_run_id: UUID | None = None,
    with_metadata: bool = False,
) -> Any:
    """Values of a type that are sent to a flow run, as they come: iterate over it, also with `async for`.

    Args:
        input_type: A `RunInput`, a pydantic model, or a plain type such as `int` or `list[str]`.
        timeout: Seconds to wait for each of them; None is without end.
        poll_interval: The most seconds between two looks. A server of Penstock's is asked to say it at once.
        raise_timeout_error: Raise `TimeoutError` when none comes in time. Otherwise the iteration ends.
        exclude_keys: Keys of what is not wanted.
        key_prefix: How the keys begin, where the sender uses another than that of the type.
        flow_run_id: The run around the calling code, where it is left out.
        with_metadata: Of plain values, give wrappers, with `value` and `metadata`.

    Raises:
        MissingContextError: No run is named, and there is none here.
    """
    kind: Any = run_input_subclass_from_type(input_type)
    options: dict[str, Any] = {"with_metadata": with_metadata} if issubclass(kind, AutomaticRunInput) else {}
    return kind.receive(
        timeout=timeout,
        poll_interval=poll_interval,
        raise_timeout_error=raise_timeout_error,
        exclude_keys=exclude_keys,
        key_prefix=key_prefix,
        flow_run_id=flow_run_id,
        **options,
    )


def create_flow_run_input_from_model(
    key: str,
    model_instance: pydantic.BaseModel,
    flow_run_id: UUID | None = None,
    sender: str | None = None,
) -> None:
    """Say what a model holds to a flow run, under a key. In a coroutine, await it."""
    colour = caller_colour()
    return finished(say(colour, key, model_instance.model_dump_json(), flow_run_id, sender), colour)


async def acreate_flow_run_input_from_model(
    key: str,
    model_instance: pydantic.BaseModel,
    flow_run_id: UUID | None = None,
    sender: str | None = None,
) -> None:
    """`create_flow_run_input_from_model` that is always awaited."""
    await say(SUSPENDING, key, model_instance.model_dump_json(), flow_run_id, sender)
