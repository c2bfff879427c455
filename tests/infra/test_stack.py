"""What a deployment does with the states that a stack of CloudFormation can be in."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra import stack
from infra.stack import StackProgress
from infra.stage import DeployError

QUICK = StackProgress(lambda _: None, 0)


class CloudFormation:
    """Answers with the given states, one after the other; the last one stays."""

    def __init__(self, *stacks: str, change: dict[str, str] | None = None, reasons: tuple[str, ...] = ()) -> None:
        self.stacks = list(stacks)
        self.change = change or {"Status": "CREATE_COMPLETE"}
        self.reasons = reasons
        self.calls: list[str] = []

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        status = self.stacks.pop(0) if len(self.stacks) > 1 else self.stacks[0]
        if not status:
            raise ClientError(
                {"Error": {"Code": "ValidationError", "Message": "Stack x does not exist"}}, "DescribeStacks"
            )
        return {"Stacks": [{"StackStatus": status, "Outputs": [{"OutputKey": "TableName", "OutputValue": "t"}]}]}

    def describe_stack_events(self, **_: Any) -> dict[str, Any]:
        failed = {"ResourceStatus": "CREATE_FAILED", "LogicalResourceId": "Table", "Timestamp": datetime.now(UTC)}
        return {
            "StackEvents": [failed | {"EventId": reason, "ResourceStatusReason": reason} for reason in self.reasons]
        }

    def describe_change_set(self, **_: Any) -> dict[str, str]:
        return self.change

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> dict[str, Any]:
            self.calls.append(name)
            return {"Id": request.get("ChangeSetType", "")}

        return call


def apply(cloudformation: CloudFormation) -> dict[str, str]:
    return stack.apply(cloudformation, "ristourne-prod", "prod", "https://template", QUICK)


@pytest.mark.parametrize(
    ("status", "kind"), [("", "CREATE"), ("REVIEW_IN_PROGRESS", "CREATE"), ("UPDATE_ROLLBACK_COMPLETE", "UPDATE")]
)
def test_a_stack_is_created_or_updated(status, kind):
    assert stack.change_kind(CloudFormation(status), "ristourne-prod", QUICK) == kind


def test_what_a_failed_first_deployment_left_is_removed():
    cloudformation = CloudFormation("ROLLBACK_COMPLETE", "DELETE_IN_PROGRESS", "")
    assert stack.change_kind(cloudformation, "ristourne-prod", QUICK) == "CREATE"
    assert cloudformation.calls == ["delete_stack"]


def test_a_stack_in_motion_is_left_alone():
    with pytest.raises(DeployError, match="UPDATE_IN_PROGRESS"):
        apply(CloudFormation("UPDATE_IN_PROGRESS"))


def test_no_change_is_success():
    reason = "The submitted information didn't contain changes. Submit different information to create a change set."
    cloudformation = CloudFormation("UPDATE_COMPLETE", change={"Status": "FAILED", "StatusReason": reason})
    assert apply(cloudformation) == {"TableName": "t"}
    assert cloudformation.calls == ["create_change_set", "delete_change_set"]


def test_a_refused_template_is_explained():
    with pytest.raises(DeployError, match="refused the template: no such type"):
        apply(CloudFormation("", change={"Status": "FAILED", "StatusReason": "no such type"}))


def test_a_rollback_gives_its_reasons():
    with pytest.raises(DeployError, match=r"taken back \(ROLLBACK_COMPLETE\)(.|\n)*Table: quota exceeded"):
        apply(CloudFormation("", "CREATE_IN_PROGRESS", "ROLLBACK_COMPLETE", reasons=("quota exceeded",)))
