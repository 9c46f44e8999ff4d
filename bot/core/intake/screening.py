"""What is not judged, and why; and which policies the rest is put to. The rules are pure, in the order of their cost.

`Screening` is the one place that says which policies a row is put to. Who lets it wait, who opens it and who takes it
up again ask here: two answers would leave a row waiting in lanes in which nothing is asked about it.
"""

import re
from dataclasses import dataclass

from bot.domain.events import Message
from bot.domain.inbox import InboxItem
from bot.domain.policy import AppliesWhen, Policy
from bot.domain.reasons import ScreenReason
from bot.domain.settings import CommunitySettings, PolicySwitch
from bot.ports.policy_source import PolicySource
from bot.ports.settings import SettingsSource

# Of a bare host only its end is looked for: to try a long chain of labels from each of them costs time by its square.
_LINK = re.compile(r"(?i)\b(?:[a-z][a-z0-9+.-]{1,20}://|www\.)\S|\w-*\.[a-z]{2,24}(?:/|\b)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screened:
    """What screening found: why the message is not judged, or else the policies to ask, in their order."""

    reason: ScreenReason | None
    policies: tuple[Policy, ...]


class Screening:
    """Screens messages by what their community has set now, among the policies that it can choose from now."""

    def __init__(self, settings: SettingsSource, policies: PolicySource) -> None:
        self._settings = settings
        self._policies = policies

    def of(self, message: Message, settings: CommunitySettings, *, reported: bool) -> Screened:
        """Return the policies that a message is put to under its community's settings, or why none is asked."""
        return screen(message, settings, self._policies.of(message.community).policies(), reported=reported)

    async def policies_of(self, item: InboxItem) -> tuple[Policy, ...]:
        """Return the policies that a row is put to; none for a text that is not at hand or not to be judged."""
        if item.message is None:
            return ()
        settings = await self._settings.of(item.key.community)
        return self.of(item.message, settings, reported=item.report is not None).policies


def has_link(text: str) -> bool:
    """Return whether the text holds something that a reader can follow: an address with or without its scheme."""
    return _LINK.search(text) is not None


def screen(message: Message, settings: CommunitySettings, policies: tuple[Policy, ...], *, reported: bool) -> Screened:
    """Return the policies that this message is put to, or the reason why none is asked.

    A report overrides exemptions: moderators asked to look will look.
    """
    excuse = None if reported else _excuse(message, settings)
    excuse = excuse or _unreadable(message)
    if excuse is not None:
        return Screened(reason=excuse, policies=())
    asked = tuple(policy for policy in policies if _is_asked(policy, message, settings, reported=reported))
    return Screened(reason=None if asked else ScreenReason.NO_POLICY_APPLIES, policies=asked)


def _excuse(message: Message, settings: CommunitySettings) -> ScreenReason | None:
    author = message.author
    if author.is_bot and not message.programs & settings.programs_for_people:
        return ScreenReason.BOT
    if {message.ref.channel, message.parent} & settings.moderators_only:
        return ScreenReason.MODERATORS_CHANNEL
    if author.roles & settings.exempt_roles:
        return ScreenReason.EXEMPT_ROLE
    if author.id in settings.exempt_people:
        return ScreenReason.EXEMPT_PERSON
    if {message.ref.channel, message.parent} & settings.exempt_channels:
        return ScreenReason.EXEMPT_CHANNEL
    return None


def _unreadable(message: Message) -> ScreenReason | None:
    if message.judged_text.strip():
        return None
    if message.unread:
        return ScreenReason.UNREAD
    return ScreenReason.ATTACHMENT_ONLY if message.attachments else ScreenReason.NOTHING_TO_READ


def _is_asked(policy: Policy, message: Message, settings: CommunitySettings, *, reported: bool) -> bool:
    switch = settings.switch(policy.id)
    if switch is None or not _in_channel(switch, message):
        return False
    return any(_applies(when, message, settings, reported=reported) for when in policy.applies_when)


def _in_channel(switch: PolicySwitch, message: Message) -> bool:
    places = {message.ref.channel, message.parent}
    if places & switch.except_channels:
        return False
    return not switch.channels or bool(places & switch.channels)


def _applies(when: AppliesWhen, message: Message, settings: CommunitySettings, *, reported: bool) -> bool:
    match when:
        case AppliesWhen.EVERYTHING:
            return True
        case AppliesWhen.REPORTED:
            return reported
        case AppliesWhen.LINKS:
            return has_link(message.judged_text)
        case AppliesWhen.REPLIES_AND_MENTIONS:
            return message.reply_to is not None or message.addresses > 0
        case AppliesWhen.NEW_MEMBERS:
            joined = message.author.joined_at
            return joined is not None and message.sent_at - joined <= settings.new_member_for
