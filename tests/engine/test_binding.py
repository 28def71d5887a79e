"""Arguments become parameters as Python itself would bind them, and back."""

import functools
import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.sdk.binding import Binding
from penstock.sdk.exceptions import ParameterBindError, SignatureMismatchError


def plain(a, b=2): ...
def keyword_only(a, *, b, c=3): ...
def positional_only(a, /, b=2): ...
def variadic(a, *args, b=2, **kwargs): ...
def nothing(): ...


class Callable:
    def __call__(self, a, b=1): ...


FUNCTIONS = [plain, keyword_only, positional_only, variadic, nothing, functools.partial(plain, 1), Callable()]
VALUES = st.integers(0, 3)


@given(
    st.sampled_from(FUNCTIONS),
    st.lists(VALUES, max_size=4),
    st.dictionaries(st.sampled_from("abcd"), VALUES),
)
def test_binding_is_what_inspect_binds(fn, args, kwargs):
    try:
        expected = inspect.signature(fn).bind(*args, **kwargs)
    except TypeError:
        with pytest.raises(ParameterBindError):
            Binding(fn).bind(tuple(args), kwargs)
        return
    expected.apply_defaults()
    binding = Binding(fn)
    parameters = binding.bind(tuple(args), kwargs)
    assert parameters == expected.arguments
    assert binding.given(tuple(args), kwargs) == set(inspect.signature(fn).bind(*args, **kwargs).arguments)
    again_args, again_kwargs = binding.arguments(parameters)
    again = inspect.signature(fn).bind(*again_args, **again_kwargs)
    again.apply_defaults()
    assert again.arguments == expected.arguments


def test_parameters_stand_in_the_order_of_the_signature():
    assert list(Binding(plain).bind((1,), {})) == ["a", "b"]
    assert list(Binding(keyword_only).bind((1,), {"c": 1, "b": 2})) == ["a", "b", "c"]


def test_an_error_shows_the_signature():
    with pytest.raises(ParameterBindError, match=r"plain\(\): missing a required argument: 'a'\.") as caught:
        Binding(plain).bind((), {})
    assert caught.value.hint == "It is plain(a, b=2)."


def test_unknown_names_are_refused():
    with pytest.raises(SignatureMismatchError, match="no parameter 'x'"):
        Binding(plain).check_names({"a": 1, "x": 2})


def test_what_a_method_is_bound_to_is_no_parameter():
    assert Binding(Callable.__call__, skip=1).bind((5,), {}) == {"a": 5, "b": 1}
