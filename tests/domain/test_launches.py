"""What was started, held against what should have been."""

import pytest

from penstock.domain.job_spec import JobSpec
from penstock.domain.launches import launch_differences


def differences(configuration, started_as):
    job = JobSpec(hash="h", template_version="t", variables={}, job_configuration=configuration)
    return [(change.path, change.before, change.after) for change in launch_differences(job, started_as)]


@pytest.mark.parametrize(
    ("configuration", "started_as", "expected"),
    [
        ({"image": "a"}, {"image": "b"}, [("image", "a", "b")]),
        ({"image": "a"}, {"image": "a", "pid": 4711}, []),
        ({"command": "python -m 'my flow'"}, {"command": ["python", "-m", "my flow"]}, []),
        ({"command": "python"}, {"command": ["sh"]}, [("command", "python", ["sh"])]),
        ({"command": "broken 'quote"}, {"command": ["broken 'quote"]}, []),
        ({"command": None}, {"command": ["python"]}, []),
        ({"image": "{{ penstock.variables.image }}"}, {"image": "b"}, []),
        ({"memory": 4}, {"memory": 4.0}, []),
    ],
)
def test_only_what_the_job_says_can_be_different(configuration, started_as, expected):
    assert differences(configuration, started_as) == expected
