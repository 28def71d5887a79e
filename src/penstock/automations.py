"""Automations: when this happens, do that. The triggers and actions that they are made of."""

from penstock.sdk import automation_names
from penstock.sdk.automation_names import *  # noqa: F403 - they are listed there, for events too

__all__: list[str] = []
__all__ += automation_names.__all__
