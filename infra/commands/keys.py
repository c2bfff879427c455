"""API keys, with your AWS credentials."""

from __future__ import annotations

from typing import Any

from infra.api import ApiError
from infra.api_keys import issue_keys, revoke_keys
from infra.commands.terminal import Arguments, add_command, add_group, add_yes, confirm
from infra.stage import environment_of_stage


def add(groups: Any) -> None:
    """The commands of this group, and what each takes."""
    keys = add_group(groups, "key", "API keys")
    issue = add_command(keys, "issue", "make a new API key, with your AWS credentials", issue_key)
    issue.add_argument("role", choices=("admin", "storefront"))
    issue.add_argument("--stage", required=True)
    revoke = add_command(keys, "revoke", "end an API key, with your AWS credentials", revoke_key)
    revoke.add_argument("name", help="the eight letters after the role: rk_admin_NAME_...")
    revoke.add_argument("--stage", required=True)
    add_yes(revoke)


def issue_key(arguments: Arguments) -> None:
    print(*issue_keys([arguments.role], environment_of_stage(arguments.stage)))


def revoke_key(arguments: Arguments) -> None:
    if arguments.name.startswith("rk_"):
        raise ApiError("a key is named by the eight letters after its role, and never by the whole of it")
    confirm(arguments, f"End the key {arguments.name}, so that whatever uses it is refused?", "no key was revoked")
    if not revoke_keys([arguments.name], environment_of_stage(arguments.stage)):
        raise ApiError(f"there is no key {arguments.name}; its name is the eight letters after the role")
    print("revoked; every Lambda knows within a minute")
