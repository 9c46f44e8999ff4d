"""The world a test builds and the people in it, who say, edit, press and choose."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.discord import interactions
from tests.fakes.discord.building import Building
from tests.fakes.discord.interactions import Interaction
from tests.fakes.discord.rules import top_position
from tests.fakes.discord.things import JSON, Channel, Guild, Member, Post, Role, User, new_id


class World(Building):
    """One Discord with one bot in it. Nothing happens on its own: tests say, press, fail and look."""

    async def say(
        self,
        channel: Channel,
        by: Member | User,
        text: str = "",
        *,
        age: timedelta = timedelta(0),
        reply_to: Post | None = None,
        heard: bool = True,
        **extra: Any,
    ) -> Post:
        """Post as a person (or, with `webhook_id` in `extra`, a webhook). Not `heard`: the bot was away."""
        author = by.user if isinstance(by, Member) else by
        post = Post(new_id(datetime.now(UTC) - age), channel, author, text, extra, reply_to=reply_to)
        channel.posts[post.id] = post
        self.users.setdefault(author.id, author)
        if heard:
            await self.emit("MESSAGE_CREATE", self.with_member(post), channel.guild)
        return post

    async def edit(self, post: Post, text: str | None = None, **extra: Any) -> None:
        """Edit a message; without a text it is what Discord adds by itself (an unfurled link), with no edit time."""
        if text is not None:
            post.content, post.edited_at = text, datetime.now(UTC)
        post.extra |= extra
        await self.emit("MESSAGE_UPDATE", self.with_member(post), post.channel.guild)

    async def remove(self, post: Post, by: Member) -> None:
        """Delete a message as a person."""
        await self.drop_posts(post.channel, [post.id], by=by.user)

    async def arrive(self, member: Member) -> None:
        """Tell the bot of a member built with `member`, as one who has just joined."""
        await self.emit("GUILD_MEMBER_ADD", member.full_payload() | {"guild_id": str(member.guild.id)}, member.guild)

    async def tell_of_role(self, guild: Guild, role: Role) -> None:
        """Tell the bot of a role that is new or has changed."""
        body = {"guild_id": str(guild.id), "role": role.payload()}
        await self.emit("GUILD_ROLE_CREATE", body, guild)
        await self.emit("GUILD_ROLE_UPDATE", body, guild)

    async def press(self, post: Post, label: str, by: Member) -> Interaction:
        """Press a button, named by its label or custom id, or its text on one of our own private answers."""
        item = post.component(label)
        return await self.press_id(post, item["custom_id"], by)

    async def press_id(self, post: Post, custom_id: str, by: Member) -> Interaction:
        """Press a button of that custom id, whether or not the message has one: what a forger could send."""
        data = {"custom_id": custom_id, "component_type": 2, "id": 1}
        return await self._interact(post.channel, by, interactions.COMPONENT, data, post)

    async def choose(self, post: Post, menu: str, values: list[str], by: Member) -> Interaction:
        """Choose from a menu, named by its placeholder or custom id; values are those sent or the options' labels."""
        item = post.component(menu)
        by_label = {option["label"]: option["value"] for option in item.get("options", [])}
        data = {"custom_id": item["custom_id"], "component_type": item["type"], "id": 1}
        data["values"] = [by_label.get(value, value) for value in values]
        if item["type"] != 3:
            data["resolved"] = self._resolved(data["values"])
        return await self._interact(post.channel, by, interactions.COMPONENT, data, post)

    def _resolved(self, values: list[str]) -> JSON:
        roles = {role.id: role for guild in self.guilds.values() for role in guild.roles.values()}
        found: JSON = {"roles": {}, "channels": {}}
        for value in values:
            if int(value) in roles:
                found["roles"][value] = roles[int(value)].payload()
            elif int(value) in self.channels:
                found["channels"][value] = self.channels[int(value)].payload() | {"permissions": "0"}
        return found

    async def slash(self, channel: Channel, by: Member, command: str, /, **options: Any) -> Interaction:
        """Use a slash command: `world.slash(channel, anna, "mod mode", mode="live")`."""
        assert channel.guild is not None
        data = interactions.command_data(self, command.split(), channel.guild.id, options)
        return await self._interact(channel, by, interactions.COMMAND, data, None)

    async def complete(
        self, channel: Channel, by: Member, command: str, option: str, typed: str, /, **chosen: str
    ) -> list[str]:
        """Type into a command's field, and return the values that are offered. `chosen` are the fields before it."""
        assert channel.guild is not None
        data = interactions.command_data(self, command.split(), channel.guild.id, {option: typed, **chosen})
        step = data
        while step["options"][0].get("options"):
            step = step["options"][0]
        step["options"][0]["focused"] = True
        shown = await self._interact(channel, by, interactions.AUTOCOMPLETE, data, None)
        return shown.choices or []

    async def menu(self, name: str, post: Post, by: Member) -> Interaction:
        """Use a message's context menu."""
        command, guild = self.command(name, 3), post.channel.guild
        assert guild is not None
        data = {"id": command["id"], "name": name, "type": 3, "target_id": str(post.id)}
        data["resolved"] = {"messages": {str(post.id): post.payload()}}
        return await self._interact(post.channel, by, interactions.COMMAND, data, None)

    async def submit(self, shown: Interaction, **values: str) -> Interaction:
        """Fill in the modal that an interaction was answered with."""
        assert shown.modal is not None, "no modal was shown"
        data = interactions.submission(shown.modal, values)
        return await self._interact(shown.channel, shown.by, interactions.MODAL_SUBMIT, data, shown.post)

    async def _interact(self, channel: Channel, by: Member, kind: int, data: JSON, post: Post | None) -> Interaction:
        number = new_id()
        made = Interaction(number, f"token-{number}", channel, by, kind, data, post)
        return await interactions.send(self, made)

    def position_of(self, member: Member) -> int:
        """Return where a member stands in the order of roles."""
        return top_position(member.guild, member)
