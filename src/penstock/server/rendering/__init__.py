"""Templates of automations and webhooks: Jinja in a sandbox, in a process that can be killed.

    rendered = await renderer.render({"parameters": …, "job_variables": …}, context, late={"job_variables"})
    problems = check_tree(action_as_data, names=AUTOMATION_NAMES)

A template that fails raises `RenderError`; its text never stands in for the value.
"""

from penstock.server.rendering.checking import check_template, check_tree, names_in
from penstock.server.rendering.renderer import Renderer, renderer
from penstock.server.rendering.trees import variables_named
from penstock.server.sandbox.names import AUTOMATION_NAMES, WEBHOOK_NAMES
from penstock.server.sandbox.problems import RenderError, TemplateInvalid, TemplateProblem

__all__ = [
    "AUTOMATION_NAMES",
    "WEBHOOK_NAMES",
    "RenderError",
    "Renderer",
    "TemplateInvalid",
    "TemplateProblem",
    "check_template",
    "check_tree",
    "names_in",
    "renderer",
    "variables_named",
]
