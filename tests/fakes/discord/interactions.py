"""Interactions: delivered over the gateway, answered at the callback and follow-up endpoints within Discord's rules."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.fakes.discord import messages, rules
from tests.fakes.discord.rules import Refusal, gone, malformed
from tests.fakes.discord.server import Call, route
from tests.fakes.discord.things import JSON, Channel, Member, Post, User, new_id, walk

if TYPE_CHECKING:
    from tests.fakes.discord.stage import Stage

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
REPLY, DEFER_REPLY, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9


@dataclass(eq=False)
class Interaction:
    """One press, command or submission, and everything that the bot answered to it."""

    id: int
    token: str
    channel: Channel
    by: Member
    kind: int
    data: JSON
    post: Post | None = None
    callback: int | None = None
    answered_after: float = 0.0
    modal: JSON | None = None
    choices: list[str] | None = None
    replies: list[Post] = field(default_factory=list)
    deferred_flags: int = 0
    files: dict[str, bytes] = field(default_factory=dict)
    started: float = 0.0

    @property
    def text(self) -> str:
        """Return everything the person was told."""
        return "\n".join(reply.texts() for reply in self.replies)

    @property
    def is_private(self) -> bool:
        """Return whether nobody else saw the answers."""
        return all(reply.ephemeral for reply in self.replies)

    @property
    def is_answered(self) -> bool:
        """Return whether the person has more before them than "is thinking"."""
        return self.modal is not None or bool(self.replies) or self.callback in (DEFER_UPDATE, UPDATE, CHOICES)

    def payload(self, world: "Stage") -> JSON:
        """Return the interaction object."""
        guild = self.channel.guild
        assert guild is not None
        member = self.by.full_payload() | {"permissions": str(rules.permissions_in(self.channel, self.by))}
        body: JSON = {
            "id": str(self.id),
            "application_id": str(world.application_id),
            "type": self.kind,
            "token": self.token,
            "version": 1,
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "locale": world.locales.get(self.by.user.id, "en-US"),
            "channel": self.channel.payload() | {"permissions": str(rules.permissions_in(self.channel, self.by))},
            "channel_id": str(self.channel.id),
            "member": member,
            "app_permissions": str(rules.permissions_in(self.channel, world.me(self.channel))),
            "attachment_size_limit": 10_485_760,
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(guild.id)},
            "context": 0,
            "data": self.data,
        }
        return body | ({"message": self.post.payload()} if self.post else {})


async def send(world: "Stage", interaction: Interaction) -> Interaction:
    """Deliver an interaction and wait until the person has an answer before them."""
    interaction.started = asyncio.get_running_loop().time()
    world.interactions[interaction.token] = interaction
    await world.emit("INTERACTION_CREATE", interaction.payload(world), interaction.channel.guild)
    await world.until(lambda: interaction.is_answered)
    return interaction


def command_data(world: "Stage", words: list[str], guild_id: int, options: dict[str, Any]) -> JSON:
    """Return the data of a slash command as the application registered it; KeyError when it did not."""
    root = world.command(words[0], 1)
    node, chosen = root, []
    for word in words[1:]:
        node = next(option for option in node["options"] if option["name"] == word)
        chosen.append(node)
    resolved: dict[str, JSON] = {}
    given = [_option(world, node, name, value, resolved) for name, value in options.items()]
    for step in reversed(chosen):
        given = [{"type": step["type"], "name": step["name"], "options": given}]
    data = {"id": root["id"], "name": root["name"], "type": 1, "guild_id": str(guild_id), "options": given}
    return data | ({"resolved": resolved} if resolved else {})


def _option(world: "Stage", node: JSON, name: str, value: Any, resolved: dict[str, JSON]) -> JSON:
    spec = next(option for option in node.get("options", []) if option["name"] == name)
    if isinstance(value, Member):
        resolved.setdefault("users", {})[str(value.user.id)] = value.user.payload()
        resolved.setdefault("members", {})[str(value.user.id)] = value.payload() | {"permissions": "0"}
        value = str(value.user.id)
    elif isinstance(value, Channel):
        resolved.setdefault("channels", {})[str(value.id)] = value.payload() | {"permissions": "0"}
        value = str(value.id)
    elif hasattr(value, "position"):
        resolved.setdefault("roles", {})[str(value.id)] = value.payload()
        value = str(value.id)
    elif isinstance(value, bytes):
        attachment = world.upload(f"{name}.md", value)
        resolved.setdefault("attachments", {})[attachment["id"]] = attachment
        value = attachment["id"]
    return {"name": name, "type": spec["type"], "value": value}


def submission(modal: JSON, values: dict[str, str]) -> JSON:
    """Return a modal's data as filled in: values by custom id or by the label above a field."""
    rows = []
    for row in modal["components"]:
        inner = row.get("component") or row["components"][0]
        label = row.get("label") or inner.get("label")
        value = values.get(inner["custom_id"], values.get(label, ""))
        filled = {"type": inner["type"], "custom_id": inner["custom_id"], "id": 1}
        filled |= {"values": [value] if value else []} if inner["type"] != 4 else {"value": value}
        rows.append({"type": 18, "id": 2, "component": filled} if "component" in row else _row(filled))
    return {"custom_id": modal["custom_id"], "components": rows}


def _row(filled: JSON) -> JSON:
    return {"type": 1, "components": [filled]}


@route("POST", "/interactions/{n}/{w}/callback")
async def answer(call: Call) -> JSON:
    """Take the first answer; a second one is refused, as is one after three seconds."""
    interaction = _known(call, call.words[0])
    if interaction.callback is not None:
        raise Refusal(400, 40060, "Interaction has already been acknowledged.")
    interaction.answered_after = asyncio.get_running_loop().time() - interaction.started
    if interaction.answered_after > 3:
        raise gone("Interaction")
    kind, data = call.body["type"], call.body.get("data") or {}
    if kind == MODAL:
        _check_modal(data)
        interaction.modal = data
    if kind == CHOICES:
        interaction.choices = [choice["value"] for choice in data["choices"]]
    if kind in (DEFER_REPLY, DEFER_UPDATE):
        interaction.deferred_flags = data.get("flags", 0)
    message = _apply(call.world, interaction, kind, data)
    interaction.files |= call.files
    interaction.callback = kind
    resource = {"type": kind, "message": message.payload()} if message else {"type": kind}
    meta = {"id": str(interaction.id), "type": interaction.kind, "response_message_loading": kind == DEFER_REPLY}
    return {"interaction": meta, "resource": resource}


def _apply(world: "Stage", interaction: Interaction, kind: int, data: JSON) -> Post | None:
    if kind == REPLY:
        return _reply(world, interaction, data)
    if kind == UPDATE and interaction.post is not None:
        messages.change(interaction.post, data)
        return interaction.post
    return None


def _check_modal(data: JSON) -> None:
    if not 1 <= len(data["title"]) <= 45:
        raise malformed("title must be 45 or fewer in length")
    if not 1 <= len(data["components"]) <= 5:
        raise malformed("at most 5 components in a modal")
    messages.check_components(walk(data["components"]))


def _reply(world: "Stage", interaction: Interaction, data: JSON) -> Post:
    messages.check_message({**data, "attachments": data.get("attachments") or interaction.files})
    flags = data.get("flags", 0) | interaction.deferred_flags * (interaction.callback == DEFER_REPLY)
    ephemeral = bool(flags & messages.EPHEMERAL)
    post = messages.make_post(interaction.channel, world.bot.id, data | {"flags": flags}, world)
    post.ephemeral = ephemeral
    if ephemeral:
        del interaction.channel.posts[post.id]
    world.private_posts[post.id] = post
    interaction.replies.append(post)
    return post


def _known(call: Call, token: str) -> Interaction:
    interaction = call.world.interactions.get(token)
    if interaction is None:
        raise gone("Interaction")
    return interaction


def _following(call: Call) -> Interaction:
    interaction = _known(call, call.words[0])
    if interaction.callback is None:
        raise gone("Webhook")
    return interaction


@route("POST", "/webhooks/{n}/{w}")
async def follow_up(call: Call) -> JSON:
    """Take a further answer."""
    interaction = _following(call)
    interaction.files |= call.files
    return _reply(call.world, interaction, call.body).payload()


@route("PATCH", "/webhooks/{n}/{w}/messages/@original")
async def edit_original(call: Call) -> JSON:
    """Fill in a deferred answer, or change the first one."""
    interaction = _following(call)
    interaction.files |= call.files
    if interaction.callback in (DEFER_UPDATE, UPDATE) and interaction.post is not None:
        messages.change(interaction.post, call.body)
        return interaction.post.payload()
    if not interaction.replies:
        return _reply(call.world, interaction, call.body).payload()
    messages.change(interaction.replies[0], call.body)
    return interaction.replies[0].payload()


@route("GET", "/webhooks/{n}/{w}/messages/@original")
async def original(call: Call) -> JSON:
    """Return the first answer."""
    interaction = _following(call)
    if not interaction.replies:
        raise gone("Message")
    return interaction.replies[0].payload()


@route("DELETE", "/webhooks/{n}/{w}/messages/@original")
async def delete_original(call: Call) -> None:
    """Take the first answer away."""
    interaction = _following(call)
    if interaction.replies:
        interaction.replies.pop(0)


@route("GET", "/applications/{n}/commands")
async def commands(call: Call) -> list[JSON]:
    """Return the registered commands."""
    return call.world.commands


@route("PUT", "/applications/{n}/commands")
async def sync(call: Call) -> list[JSON]:
    """Replace the registered commands."""
    for command in call.body:
        if command.get("type", 1) == 1 and not command["name"].islower():
            raise malformed("a slash command's name is lower case")
        if command.get("type", 1) == 1 and not 1 <= len(command["description"]) <= 100:
            raise malformed("description must be between 1 and 100 in length")
    old = {(item["name"], item["type"]): item["id"] for item in call.world.commands}
    call.world.commands = [_registered(call, item, old) for item in call.body]
    call.world.syncs += 1
    return call.world.commands


def _registered(call: Call, item: JSON, old: dict[tuple[str, int], str]) -> JSON:
    kind = item.get("type", 1)
    fixed = {"id": old.get((item["name"], kind)) or str(new_id()), "application_id": str(call.world.application_id)}
    defaults = {
        "type": kind,
        "version": str(new_id()),
        "default_member_permissions": None,
        "nsfw": False,
        "description": "",
    }
    made = defaults | item | fixed
    permissions = made["default_member_permissions"]
    return made | {"default_member_permissions": None if permissions is None else str(permissions)}


def post_user(user: User) -> JSON:
    """Return the user that an interaction's metadata names."""
    return {"id": str(new_id()), "type": 2, "user": user.payload(), "sent_at": datetime.now(UTC).isoformat()}
