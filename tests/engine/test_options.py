"""What decorators take: options, functions of any kind, and clear words about what they don't."""

import functools

import pytest

from penstock import Flow, Task, flow, task
from penstock.domain.errors import InvalidInput
from penstock.sdk.callables import is_async, key_of
from penstock.sdk.exceptions import OptionUnknown, ReservedArgumentError
from penstock.sdk.run_names import run_name


def test_decorators_work_with_and_without_options():
    @flow
    def plain_flow(): ...

    @flow(name="named")
    def named_flow(): ...

    @task
    def plain_task(): ...

    @task(name="named")
    def named_task(): ...

    assert [plain_flow.name, named_flow.name] == ["plain-flow", "named"]
    assert [plain_task.name, named_task.name] == ["plain_task", "named"]


def test_a_flow_still_looks_like_its_function():
    @flow
    def documented(x: int) -> int:
        """What it does."""
        return x

    assert documented.__name__ == "documented"
    assert documented.__doc__ == documented.description == "What it does."
    assert documented.__wrapped__ is documented.fn
    assert documented.fn(3) == 3


@pytest.mark.parametrize(("decorate", "what"), [(flow, "@flow"), (task, "@task")])
def test_an_unknown_option_is_refused_with_the_nearest_name(decorate, what):
    with pytest.raises(OptionUnknown, match=rf"{what} has no option 'retrys'\. Did you mean 'retries'\?"):
        decorate(retrys=3)(lambda: None)


def test_options_that_are_not_there_yet_say_so_unless_they_are_neutral():
    task(persist_result=False, cache_key_fn=None)(lambda: None)
    with pytest.raises(InvalidInput, match="'persist_result' is not supported yet"):
        task(persist_result=True)(lambda: None)


def test_with_options_changes_some_and_keeps_the_rest():
    @task(name="first", retries=2, tags=["a"])
    def original(x):
        return x

    changed = original.with_options(name="second", retries=0)
    assert (changed.name, changed.retries, changed.tags) == ("second", 0, {"a"})
    assert (original.name, original.retries) == ("first", 2)


def test_flows_with_options_keep_their_kind():
    @flow(log_prints=True)
    async def original(): ...

    changed = original.with_options(retries=1)
    assert isinstance(changed, Flow)
    assert (changed.isasync, changed.log_prints, changed.retries) == (True, True, 1)


@pytest.mark.parametrize("name", ["return_state", "wait_for"])
def test_parameters_must_not_be_called_like_options_of_a_call(name):
    scope = {}
    exec(f"def fn({name}): ...", scope)
    with pytest.raises(ReservedArgumentError, match=name):
        task(scope["fn"])


def test_generators_are_refused_for_now():
    with pytest.raises(InvalidInput, match="generator"):

        @flow
        def generating():
            yield 1


def test_what_cannot_be_called_is_refused():
    with pytest.raises(TypeError, match="it is not a function"):
        flow("text")


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_time_limit_is_more_than_nothing(seconds):
    with pytest.raises(InvalidInput, match="timeout_seconds"):
        flow(timeout_seconds=seconds)(lambda: None)


def test_delays_are_not_negative():
    with pytest.raises(InvalidInput, match="retry_delay_seconds"):
        task(retry_delay_seconds=[1, -1])(lambda: None)


def test_hooks_are_functions_in_a_list():
    with pytest.raises(TypeError, match=r"on_failure=\[\.\.\.\]"):
        flow(on_failure=print)(lambda: None)
    with pytest.raises(TypeError, match="cannot be called"):
        flow(on_failure=[3])(lambda: None)


def test_names_that_cannot_stand_in_a_url_are_refused():
    with pytest.raises(InvalidInput, match="'/'"):
        flow(name="a/b")(lambda: None)
    assert flow(lambda: None).name == "lambda"


class Shop:
    """Flows and tasks as members of a class."""

    def __init__(self, city):
        self.city = city

    @task
    def method(self, x):
        return self.city, x

    @task
    @staticmethod
    def static(x):
        return x

    @task
    @classmethod
    def of_class(cls, x):
        return cls.__name__, x

    @staticmethod
    @task
    def outside_static(x):
        return x

    @flow
    def flow_method(self, x: int):
        return self.city, x, self.method.submit(x).result()


def test_methods_are_bound_to_their_instance(embedded):
    shop = Shop("Ulm")
    assert shop.method(1) == ("Ulm", 1)
    assert shop.static(2) == Shop.static(2) == 2
    assert shop.of_class(3) == Shop.of_class(3) == ("Shop", 3)
    assert shop.outside_static(4) == Shop.outside_static(4) == 4
    assert shop.flow_method("5") == ("Ulm", 5, ("Ulm", 5))
    assert shop.method.with_options(name="other")(6) == ("Ulm", 6)


def test_functions_of_other_kinds(embedded):
    def add(x, y):
        return x + y

    class Adder:
        def __call__(self, x):
            return x + 1

    @functools.wraps(add)
    def wrapped(*args, **kwargs):
        return add(*args, **kwargs)

    assert Task(functools.partial(add, 1))(2) == 3
    assert Task(Adder())(2) == 3
    assert Task(wrapped)(1, y=2) == 3
    assert Task(len)([1, 2]) == 2


def test_what_is_asynchronous_is_seen_through_wrappers():
    async def coroutine(): ...

    class Caller:
        async def __call__(self): ...

    assert is_async(coroutine)
    assert is_async(functools.partial(coroutine))
    assert is_async(Caller())
    assert not is_async(len)


def test_tasks_are_known_by_where_they_stand():
    assert key_of(Shop.method.fn).endswith("Shop.method")


def test_run_names_are_filled_in():
    assert run_name("{a}-{b.year}-{c[0]}", {"a": 1, "b": _date(), "c": "xy"}, field="f") == "1-2026-x"
    assert run_name(lambda parameters: f"p{parameters['a']}", {"a": 1}, field="f") == "p1"
    assert run_name(None, {}, field="f").count("-") == 1


def _date():
    from datetime import date

    return date(2026, 1, 1)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{tabel}", r"there is no parameter 'tabel'\. Did you mean 'table'\?"),
        ("{table", "expected '}' before end of string"),
        ("{}", "no parameter ''"),
        ("{table.nope}", "has no attribute 'nope'"),
    ],
)
def test_run_names_that_cannot_be_filled_in_say_why(template, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        run_name(template, {"table": "t"}, field="flow_run_name")
    assert caught.value.field == "flow_run_name"


def test_a_function_must_return_the_name():
    with pytest.raises(InvalidInput, match="returned 3"):
        run_name(lambda: 3, {}, field="task_run_name")
