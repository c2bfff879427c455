"""Creates or updates a stack of CloudFormation from a template, and says how far that is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from infra.stage import DeployError, outputs_of, stack_status

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
NOTHING_TO_DO = ("didn't contain changes", "No updates are to be performed")
POLL_S = 2.0
PATIENCE_S = 1800.0

Say = Callable[[str], None]
"""Called with a line of progress."""

tell: Say = partial(print, flush=True)


@dataclass(frozen=True, slots=True)
class StackProgress:
    """Where progress is told, and how often CloudFormation is asked for it, in seconds."""

    say: Say
    poll_s: float

    def wait(self, state: Callable[[], str], busy: Callable[[str], bool]) -> str:
        """The first state that is not busy. Raises DeployError after PATIENCE_S."""
        deadline = time.monotonic() + PATIENCE_S
        while busy(now := state()):
            if time.monotonic() > deadline:
                raise DeployError(f"Still {now} after {PATIENCE_S / 60:.0f} minutes; see the CloudFormation console")
            time.sleep(self.poll_s)
        return now


def apply(cloudformation: Any, stack: str, stage: str, template_url: str, progress: StackProgress) -> dict[str, str]:
    """Create or update the stack from the template; returns the stack's outputs."""
    started = time.time()
    kind = change_kind(cloudformation, stack, progress)
    change = cloudformation.create_change_set(
        StackName=stack,
        ChangeSetName=f"deploy-{int(started)}",
        ChangeSetType=kind,
        TemplateURL=template_url,
        Parameters=[{"ParameterKey": "Stage", "ParameterValue": stage}],
        Capabilities=CAPABILITIES,
    )["Id"]
    if prepare(cloudformation, change, progress):
        execute(cloudformation, stack, change, started, progress)
    else:
        progress.say("Nothing has changed since the last deployment")
    return outputs_of(cloudformation, stack)


def change_kind(cloudformation: Any, stack: str, progress: StackProgress) -> str:
    """`CREATE` or `UPDATE`; removes what a failed first deployment has made. Raises DeployError for a stack at work."""
    status = stack_status(cloudformation, stack)
    if status == "ROLLBACK_COMPLETE":
        progress.say(f"Removing what a failed first deployment left of {stack}")
        cloudformation.delete_stack(StackName=stack)
        status = progress.wait(partial(stack_status, cloudformation, stack), lambda now: now == "DELETE_IN_PROGRESS")
    if status in {"", "REVIEW_IN_PROGRESS", "DELETE_COMPLETE"}:
        return "CREATE"
    if not status.endswith("_COMPLETE"):
        raise DeployError(f"The stack {stack} is {status}; bring it to rest in the console, then deploy again")
    return "UPDATE"


def prepare(cloudformation: Any, change: str, progress: StackProgress) -> bool:
    """Wait for the change set; False where the template changes nothing."""
    answer: dict[str, Any] = {}

    def state() -> str:
        answer.update(cloudformation.describe_change_set(ChangeSetName=change))
        return str(answer["Status"])

    final = progress.wait(state, lambda now: now.endswith(("_PENDING", "_IN_PROGRESS")))
    if final == "CREATE_COMPLETE":
        return True
    reason = str(answer.get("StatusReason", ""))
    if not any(phrase in reason for phrase in NOTHING_TO_DO):
        raise DeployError(f"CloudFormation refused the template: {reason}")
    cloudformation.delete_change_set(ChangeSetName=change)
    return False


def execute(cloudformation: Any, stack: str, change: str, started: float, progress: StackProgress) -> None:
    """Have a change set carried out, telling each resource. Raises DeployError where it was taken back."""
    cloudformation.execute_change_set(ChangeSetName=change)
    seen: set[str] = set()
    reasons: list[str] = []

    def state() -> str:
        status = stack_status(cloudformation, stack)
        for event in new_events(cloudformation, stack, started, seen):
            progress.say(f"  {event['ResourceStatus']:<28} {event['LogicalResourceId']}")
            if event["ResourceStatus"].endswith("_FAILED"):
                reasons.append(f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}")
        return status

    final = progress.wait(state, lambda now: now.endswith("_IN_PROGRESS"))
    if final not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise DeployError("\n  ".join([f"The deployment was taken back ({final}):", *reasons]))


def new_events(cloudformation: Any, stack: str, since: float, seen: set[str]) -> Iterator[dict[str, Any]]:
    """New events of the stack, oldest first, from the newest hundred, which is far more than one poll misses."""
    for event in reversed(cloudformation.describe_stack_events(StackName=stack)["StackEvents"]):
        if event["EventId"] not in seen and event["Timestamp"].timestamp() >= since:
            seen.add(event["EventId"])
            yield event
