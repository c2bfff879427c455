"""Who may use the console."""

from __future__ import annotations

from typing import Any

from infra.commands.terminal import Arguments, add_command, add_group, add_yes, api, api_path, confirm


def add(groups: Any) -> None:
    """The commands of this group, and what each takes."""
    commands = add_group(groups, "user", "who may use the console")
    invite_parser = add_command(commands, "invite", "a link that works once, for seven days", invite)
    invite_parser.add_argument("name", help="a short name, such as ada")
    invite_parser.add_argument("--role", choices=("owner", "reader"), required=True, help="a reader changes nothing")
    invite_parser.add_argument(
        "--locale", default="", help="the language of the pages, en or fr; else that of the browser"
    )
    remove_parser = add_command(commands, "remove", "end a person's sessions and passkeys", remove)
    remove_parser.add_argument("name")
    add_yes(remove_parser)


def invite(arguments: Arguments) -> None:
    body = {"name": arguments.name, "role": arguments.role, "locale": arguments.locale}
    invitation = api().call("POST", api_path("users"), body)
    print(f"Open this once, until {invitation['ends_at']}:\n{invitation['link']}")


def remove(arguments: Arguments) -> None:
    confirm(arguments, f"Remove {arguments.name}, with every passkey and session?", "nobody was removed")
    api().call("DELETE", api_path("users", arguments.name))
    print("removed")
