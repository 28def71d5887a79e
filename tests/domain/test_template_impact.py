"""What another template would do to the deployments of a pool."""

from uuid import UUID

import pytest

from penstock.domain.template_impact import Change, DeploymentVariables, template_impact


def template(job=None, **properties):
    job = {name: f"{{{{ {name} }}}}" for name in properties} if job is None else job
    return {"variables": {"properties": properties}, "job_configuration": job}


def deployment(number, variables):
    return DeploymentVariables(UUID(int=number), f"flow/{number}", variables)


OLD = template(image={"default": "a:1"}, env={"default": {"LEVEL": "INFO", "GONE": "1"}}, cpu={"default": 1})


def impact_of(new, variables=None, old=OLD):
    found = template_impact(old, new, [deployment(1, variables)])
    return found[0] if found else None


def test_a_template_that_changes_nothing_affects_nobody():
    assert template_impact(OLD, {**OLD, "more": 1}, [deployment(1, {"image": "x"})]) == ()


def test_who_changes_who_overrides_and_who_becomes_invalid():
    new = template(
        image={"default": "a:2"},
        env={"default": {"LEVEL": "DEBUG", "NEW": "1"}},
        cpu={"default": 1, "type": "integer"},
    )
    uses, overrides, breaks, not_affected = template_impact(
        OLD,
        new,
        [
            deployment(1, None),
            deployment(2, {"image": "mine", "env": {"LEVEL": "WARN", "GONE": None, "NEW": "2"}}),
            deployment(3, {"image": "mine", "cpu": 0.5}),
            deployment(4, {"env.LEVEL": "X"}),
        ],
    )
    assert uses.changes == (
        Change("env.GONE", "1"),
        Change("env.LEVEL", "INFO", "DEBUG"),
        Change("image", "a:1", "a:2"),
        Change("env.NEW", after="1"),
    )
    assert (uses.overrides, uses.errors, uses.launches_differently) == ((), (), True)
    assert overrides.changes == ()
    assert set(overrides.overrides) == {"image", "env.LEVEL", "env.GONE", "env.NEW"}
    assert not overrides.launches_differently
    assert [error.path for error in breaks.errors] == ["cpu"]
    assert breaks.overrides == ("image",)
    assert not_affected.overrides == ("env.LEVEL",)
    assert overrides.name == "flow/2"


def test_errors_that_are_there_already_are_not_told():
    assert impact_of({**OLD, "more": 1}, {"env": 5}) is None


def test_one_is_not_true():
    assert impact_of(
        template(image=OLD["variables"]["properties"]["image"], cpu={"default": True}), {"env": None}
    )


@pytest.mark.parametrize(
    ("job", "paths"),
    [
        ({"image": "{{ image }}", "env": "{{ env }}", "other": "{{ cpu }}"}, []),
        ({"image": "fixed:1", "env": "{{ env }}", "cpu": "{{ cpu }}"}, ["job_configuration.image"]),
    ],
)
def test_where_values_go_counts_as_well(job, paths):
    impact = impact_of({**OLD, "job_configuration": job})
    assert impact.launches_differently
    assert [change.path for change in impact.changes] == paths


def test_a_literal_environment_of_the_pool_is_overridden_too():
    old = template({"env": {"A": "1"}}, image={})
    new = template({"env": {"A": "2"}}, image={})
    assert impact_of(new, None, old).changes == (Change("env.A", "1", "2"),)
    assert impact_of(new, {"env": {"A": "x"}}, old).overrides == ("env.A",)


def test_a_new_template_that_is_broken_is_told_for_each_deployment():
    assert impact_of({"variables": {}}).errors
