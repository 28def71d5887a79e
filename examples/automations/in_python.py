"""The same from Python: an automation is made, paused, and deleted again."""

from datetime import timedelta
from pathlib import Path

from answer import answer

from penstock.automations import Automation, EventTrigger, RunDeployment, SequenceTrigger
from penstock.events import DeploymentEventTrigger

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Deploy a flow with a trigger, and make an automation that runs it after two events in their order."""
    deployment_id = answer.from_source(str(HERE), "answer.py:answer").deploy(
        "from-python",
        work_pool_name="local",
        triggers=[
            DeploymentEventTrigger(
                name="from-python",
                expect={"question.asked"},
                parameters={"who": "{{ event.resource.id }}"},
                schedule_after=timedelta(seconds=5),
            )
        ],
        print_next_steps=False,
    )
    opened, asked = EventTrigger(expect=["desk.opened"]), EventTrigger(expect=["question.asked"])
    automation = Automation(
        name="after-opening",
        trigger=SequenceTrigger(triggers=[opened, asked], within=3600),
        actions=[RunDeployment(deployment_id=deployment_id)],
    )
    automation.create()
    automation.disable()
    found = Automation.read(name="after-opening")
    print(f"{found.name} is {'enabled' if found.enabled else 'paused'}.")
    found.delete()


if __name__ == "__main__":
    main()
