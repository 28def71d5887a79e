"""What `from penstock import …` offers: sorted, complete, and there when it is asked for."""

import ast
import importlib

import penstock


def order_of(name: str) -> tuple[bool, bool, str]:
    """Constants, classes, then the rest: the order in which ruff (RUF022) keeps written lists of names."""
    return not name.isupper(), not name[0].isupper(), name


def test_all_is_sorted_and_names_nothing_twice():
    assert list(penstock.__all__) == sorted(set(penstock.__all__), key=order_of)


def test_every_exported_name_can_be_had():
    assert [name for name in penstock.__all__ if getattr(penstock, name, None) is None] == []


def test_what_every_flow_begins_with_is_exported():
    assert {"flow", "task"} <= set(penstock.__all__)


def test_dir_shows_what_is_exported():
    assert set(penstock.__all__) <= set(dir(penstock))


def test_type_checkers_see_the_same_names_as_the_interpreter(sources):
    """Names are imported lazily at run time; checkers read the branch that only they enter."""
    tree = next(source.tree for source in sources if source.path.as_posix() == "penstock/__init__.py")
    checked = {
        alias.asname or alias.name
        for branch in tree.body
        if isinstance(branch, ast.If) and "TYPE_CHECKING" in ast.unparse(branch.test)
        for node in branch.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert checked == set(penstock.__all__) - {"__version__"}


def test_modules_that_declare_their_names_keep_them_sorted_and_true(sources):
    wrong = []
    for source in sources:
        declares = any(
            isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
            for node in source.tree.body
        )
        if not declares:
            continue
        dotted = ".".join(source.path.with_suffix("").parts).removesuffix(".__init__")
        module = importlib.import_module(dotted)
        if list(module.__all__) != sorted(module.__all__, key=order_of) or not all(
            hasattr(module, n) for n in module.__all__
        ):
            wrong.append(dotted)
    assert wrong == []
