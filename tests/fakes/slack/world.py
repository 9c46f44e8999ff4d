"""The world a test builds and the people in it, who say, edit, delete, press and choose."""

import json
from typing import Any

from tests.fakes.slack.building import Building
from tests.fakes.slack.exchange import Exchange
from tests.fakes.slack.rules import EVENTS
from tests.fakes.slack.sockets import Envelope
from tests.fakes.slack.things import JSON, Channel, Team, User, message_payload


class World(Building):
    """One Slack with one or more workspaces. Nothing happens on its own: tests say, press, fail and look."""

    async def emit(self, team: Team, event: JSON, name: str = "") -> Envelope | None:
        """Send an event to the app, when it is subscribed to it and may have it. `name` is the subscription's."""
        subscription = name or str(event["type"])
        scope = EVENTS[subscription]
        if subscription not in team.app.events or (scope and scope not in self.bot_token(team).scopes):
            return None
        return await self.sockets.send(team.app, "events_api", self.envelope(team, event))

    def envelope(self, team: Team, event: JSON) -> JSON:
        """Return an event in its outer form."""
        return {
            "token": "verification",
            "team_id": team.id,
            "api_app_id": team.app.id,
            "event": event,
            "type": "event_callback",
            "event_id": self._id("Ev"),
            "event_time": int(self.now()),
            "authorizations": [{"team_id": team.id, "user_id": team.bot.id, "is_bot": True}],
        }

    async def _tell(self, channel: Channel, event: JSON) -> Envelope | None:
        team = channel.team
        if team.bot.id not in channel.members:
            return None
        kinds = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
        made = {"type": "message", "channel": channel.id, "channel_type": channel.kind, "event_ts": self.next_ts()}
        return await self.emit(team, made | event, kinds[channel.kind])

    # people

    async def say(
        self,
        channel: Channel,
        by: User,
        text: str = "",
        *,
        thread: JSON | None = None,
        heard: str = "yes",
        **extra: Any,
    ) -> JSON:
        """Post as a person; in a thread where one is named. `heard` "no": no event is sent, the bot was away."""
        if thread is not None:
            extra |= {"thread_ts": thread["ts"], "parent_user_id": thread.get("user")}
        post = message_payload(channel, by, self.next_ts(), text, **extra)
        channel.posts[post["ts"]] = post
        if heard == "yes":
            await self.tell_posted(channel, post)
        return post

    async def tell_posted(self, channel: Channel, post: JSON) -> Envelope | None:
        """Send the event of a post."""
        return await self._tell(channel, dict(post))

    async def edit(self, channel: Channel, post: JSON, text: str, heard: str = "yes", **extra: Any) -> Envelope | None:
        """Edit a message as its author."""
        before = dict(post)
        post |= {"text": text, "edited": {"user": post["user"], "ts": self.next_ts()}} | extra
        return await self.tell_changed(channel, post, before) if heard == "yes" else None

    async def unfurl(self, channel: Channel, post: JSON, attachment: JSON) -> None:
        """Add what a link shows, as Slack does by itself: no time of edit."""
        before = dict(post)
        post["attachments"] = [*post.get("attachments", []), attachment]
        await self.tell_changed(channel, post, before)

    async def tell_changed(self, channel: Channel, post: JSON, before: JSON) -> Envelope | None:
        """Send the event of a change."""
        event = {"subtype": "message_changed", "message": dict(post), "previous_message": before, "hidden": True}
        return await self._tell(channel, event | {"ts": self.next_ts()})

    async def drop(self, channel: Channel, post: JSON, heard: str = "yes") -> None:
        """Delete a message; a thread's parent with replies leaves a tombstone."""
        replies = [one for one in channel.posts.values() if one.get("thread_ts") == post["ts"] and one is not post]
        before = dict(post)
        if replies:
            post |= {"subtype": "tombstone", "text": "This message was deleted.", "user": "USLACKBOT"}
            await self.tell_changed(channel, post, before)
            return
        channel.posts.pop(post["ts"], None)
        event = {"subtype": "message_deleted", "deleted_ts": before["ts"], "previous_message": before, "hidden": True}
        if heard == "yes":
            await self._tell(channel, event | {"ts": self.next_ts()})
        self.changed()

    async def react(self, channel: Channel, post: JSON, by: User, emoji: str) -> None:
        """Add a reaction."""
        item = {"type": "message", "channel": channel.id, "ts": post["ts"]}
        event = {"type": "reaction_added", "user": by.id, "reaction": emoji, "item": item, "item_user": post["user"]}
        await self.emit(channel.team, event | {"event_ts": self.next_ts()})

    async def open_home(self, team: Team, by: User) -> JSON:
        """Open the app's home tab, and wait for what it shows."""
        before = self.homes.get(by.id)
        await self.emit(team, {"type": "app_home_opened", "user": by.id, "tab": "home", "event_ts": self.next_ts()})
        await self.until(lambda: self.homes.get(by.id) is not before)
        return self.homes[by.id]

    # interactions

    async def press(self, channel: Channel, post: JSON, button: str, by: User, **forged: Any) -> Exchange:
        """Press a button of a message, named by the start of its action id; `forged` changes what is sent."""
        found = [element for element in _elements(post["blocks"]) if element["action_id"].startswith(button)]
        assert found, f"no button {button} in {[each['action_id'] for each in _elements(post['blocks'])]}"
        action = {key: found[0][key] for key in ("action_id", "value", "type") if key in found[0]} | forged
        place = {"container": {"type": "message", "message_ts": post["ts"], "channel_id": channel.id}}
        body = {"type": "block_actions", "actions": [action], "channel": {"id": channel.id}, "message": post}
        return await self._interact(channel.team, by, "interactive", body | place)

    async def press_in_view(
        self, exchange: Exchange, action_id: str, *, picked: tuple[str, ...] | None = None, **sent: Any
    ) -> Exchange:
        """Press or choose within the modal that an exchange opened; `picked` is left chosen in its menu of several.

        As Slack does, the modal comes along with what every menu in it holds.
        """
        view = exchange.view
        assert view is not None
        found = [element for element in _elements(view["blocks"]) if element.get("action_id", "").startswith(action_id)]
        assert found, f"no {action_id} in the modal"
        action = {key: found[0][key] for key in ("action_id", "value", "type") if key in found[0]} | sent
        menus = [block for block in view["blocks"] if block.get("accessory", {}).get("type") == "multi_static_select"]
        values = {block["block_id"]: _picked(block["accessory"], picked) for block in menus}
        shown = view | {"state": {"values": values}}
        body = {"type": "block_actions", "actions": [action], "view": shown, "container": {"type": "view"}}
        return await self._interact(exchange.team, exchange.by, "interactive", body)

    async def slash(self, channel: Channel, by: User, text: str, command: str = "/mod") -> Exchange:
        """Use the slash command."""
        body = {"command": command, "text": text, "channel_id": channel.id, "channel_name": channel.name}
        return await self._interact(channel.team, by, "slash_commands", body | {"user_id": by.id, "user_name": by.name})

    async def shortcut(self, channel: Channel, post: JSON, by: User, callback_id: str = "report_message") -> Exchange:
        """Use a message shortcut."""
        body = {"type": "message_action", "callback_id": callback_id, "message": dict(post), "message_ts": post["ts"]}
        place = {"id": channel.id, "name": channel.name}
        return await self._interact(channel.team, by, "interactive", body | {"channel": place})

    async def submit(self, exchange: Exchange, **values: Any) -> Exchange:
        """Submit the modal that an exchange opened; values by block id: a text, a list of options, or a choice."""
        view = exchange.view
        assert view is not None
        state = {block["block_id"]: _state(block, values) for block in view["blocks"] if block["type"] == "input"}
        body = {"type": "view_submission", "view": view | {"state": {"values": state}}}
        return await self._interact(exchange.team, exchange.by, "interactive", body)

    async def _interact(self, team: Team, by: User, kind: str, body: JSON) -> Exchange:
        exchange = Exchange(self, self._id("X"), by, team)
        trigger = f"trigger-{exchange.id}"
        self.triggers[trigger] = (self.now(), by.id)
        response_url = f"{self.url.removesuffix('/api/')}/response/{exchange.id}"
        body = body | {"trigger_id": trigger, "response_url": response_url, "api_app_id": team.app.id}
        if kind == "interactive":
            body |= {"user": {"id": by.id, "name": by.name, "team_id": by.home}, "team": {"id": team.id}}
        else:
            body |= {"team_id": team.id}
        envelope = await self.sockets.send(team.app, kind, json.loads(json.dumps(body)))
        assert envelope is not None, "the app has no socket"
        await self.until(envelope.acked.done)
        exchange.ack = envelope.acked.result()
        return exchange


def _elements(blocks: list[JSON]) -> list[JSON]:
    """Return every element that can be pressed or chosen from."""
    found: list[JSON] = []
    for block in blocks:
        found += block.get("elements", []) if block["type"] == "actions" else []
        found += [block["accessory"]] if "accessory" in block else []
    return found


def _state(block: JSON, values: JSON) -> JSON:
    element = block["element"]
    given = values.get(block["block_id"])
    state: JSON = {"type": element["type"]}
    if element["type"] == "plain_text_input":
        state["value"] = given
    elif element["type"] == "checkboxes":
        state["selected_options"] = [option for option in element["options"] if option["value"] in (given or ())]
    elif element["type"].startswith("multi_"):
        key = {"multi_static_select": "selected_options", "multi_conversations_select": "selected_conversations"}
        listed = [{"value": one} for one in given or ()] if element["type"] == "multi_static_select" else given or []
        state[key.get(element["type"], "selected_options")] = listed
    elif element["type"] == "conversations_select":
        state["selected_conversation"] = given
    else:
        chosen = [option for option in element.get("options", ()) if option["value"] == given]
        state["selected_option"] = chosen[0] if chosen else None
    return {element["action_id"]: state}


def _picked(menu: JSON, values: tuple[str, ...] | None) -> JSON:
    """Return what a menu of several holds: these values, or what it began with."""
    chosen = [option for option in menu["options"] if values is None or option["value"] in values]
    kept = menu.get("initial_options", []) if values is None else chosen
    return {menu["action_id"]: {"type": menu["type"], "selected_options": kept}}
