"""The steps of deployment files, as functions."""

from penstock.sdk.deployments.steps_core import (
    git_clone,
    pip_install_requirements,
    run_shell_script,
    set_working_directory,
)

__all__ = ["git_clone", "pip_install_requirements", "run_shell_script", "set_working_directory"]
