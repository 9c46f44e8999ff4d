"""What stands behind the slash command, read into changes: `mode live spam`, `exempt on @anna`, `stop`.

Slack escapes names when the manifest says `should_escape`: members, channels and user groups come as ids.
"""

import re
from collections.abc import Callable

from bot.domain.actions import Action, Mode
from bot.domain.answer import (
    Change,
    ExemptChange,
    LanguageChange,
    LimitChange,
    LimitName,
    ModeChange,
    ModeratorsChange,
    OwnAction,
    PlaceChange,
    PlaceName,
    PolicyChange,
    StopChange,
    Switch,
)
from bot.domain.ids import CategoryId, ChannelId, PersonId, PolicyId

_PERSON = re.compile(r"<@([UW][A-Z0-9]{1,30})(?:\|[^>]*)?>")
_CHANNEL = re.compile(r"<#([CG][A-Z0-9]{1,30})(?:\|[^>]*)?>")
_GROUP = re.compile(r"<!subteam\^(S[A-Z0-9]{1,30})(?:\|[^>]*)?>")
_LINK = re.compile(r"<?https://[\w.-]+/archives/([CGD][A-Z0-9]{1,30})/p(\d{10,12})(\d{6})(?:\?[^|>\s]*)?(?:\|[^>]*)?>?")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})?")
_LONGEST_NUMBER = 6


def person_in(text: str) -> PersonId | None:
    """Return the member that is named, or None."""
    found = _PERSON.fullmatch(text)
    return PersonId(found[1]) if found else None


def channel_in(text: str) -> ChannelId | None:
    """Return the channel that is named, or None."""
    found = _CHANNEL.fullmatch(text)
    return ChannelId(found[1]) if found else None


def group_in(text: str) -> str | None:
    """Return the user group that is named, or None."""
    found = _GROUP.fullmatch(text)
    return found[1] if found else None


def link_in(text: str) -> tuple[str, str] | None:
    """Return the channel and timestamp that a link to a message names, or None."""
    found = _LINK.fullmatch(text.strip())
    return (found[1], f"{found[2]}.{found[3]}") if found else None


def number_in(text: str) -> int | None:
    """Return a whole number of up to six digits, or None."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER else None


def change_in(verb: str, words: list[str]) -> Change | None:
    """Return the change of settings that is asked for, or None for what can't be read."""
    reader = _READERS.get(verb)
    return reader(words) if reader is not None else None


def _switch(words: list[str]) -> Switch | None:
    return Switch(words[0].lower()) if words and words[0].lower() in list(Switch) else None


def _mode(words: list[str]) -> Change | None:
    if not words or words[0].lower() not in list(Mode):
        return None
    policy, _, category = (words[1] if len(words) > 1 else "").partition("/")
    action = words[2].lower() if len(words) > 2 else None  # noqa: PLR2004 - mode, rule, action
    if len(words) > 3 or (action is not None and action not in [*Action, *OwnAction]):  # noqa: PLR2004 - as above
        return None
    return ModeChange(
        mode=Mode(words[0].lower()),
        policy=PolicyId(policy) if policy else None,
        category=CategoryId(category) if category else None,
        action=_action(action),
    )


def _action(chosen: str | None) -> Action | OwnAction | None:
    if chosen is None:
        return None
    return OwnAction.OWN if chosen == OwnAction.OWN else Action(chosen)


def _policies(words: list[str]) -> Change | None:
    switch = _switch(words)
    if switch is None or len(words) not in (2, 3):
        return None
    channel = channel_in(words[2]) if len(words) == 3 else None  # noqa: PLR2004 - switch, policy, channel
    if len(words) > 2 and channel is None:  # noqa: PLR2004 - as above
        return None
    return PolicyChange(policy=PolicyId(words[1]), switch=switch, channel=channel)


def _exempt(words: list[str]) -> Change | None:
    switch = _switch(words)
    if switch is None or len(words) != 2:  # noqa: PLR2004 - switch and whom
        return None
    role, channel, person = group_in(words[1]), channel_in(words[1]), person_in(words[1])
    if not (role or channel or person):
        return None
    return ExemptChange(switch=switch, role=role, channel=channel, person=person)


def _limits(words: list[str]) -> Change | None:
    number = number_in(words[-1]) if words else None
    if number is None or len(words) != 2 or words[0] not in list(LimitName):  # noqa: PLR2004 - name and number
        return None
    return LimitChange(name=LimitName(words[0]), number=number)


def _moderators(words: list[str]) -> Change | None:
    switch, group = _switch(words), group_in(words[1]) if len(words) == 2 else None  # noqa: PLR2004 - switch and group
    return ModeratorsChange(switch=switch, role=group) if switch is not None and group is not None else None


def _log(words: list[str]) -> Change | None:
    channel = channel_in(words[0]) if words else None
    return PlaceChange(name=PlaceName.MOD_LOG, id=channel) if channel is not None else None


def _call(words: list[str]) -> Change | None:
    if words == ["nobody"]:
        return PlaceChange(name=PlaceName.ESCALATE_TO, id=None)
    group = group_in(words[0]) if words else None
    return PlaceChange(name=PlaceName.ESCALATE_TO, id=group) if group is not None else None


def _language(words: list[str]) -> Change | None:
    fits = len(words) == 1 and _LANGUAGE.fullmatch(words[0]) is not None
    return LanguageChange(language=words[0]) if fits else None


def _stop(words: list[str]) -> Change | None:
    return _stopping(Switch.ON, words)


def _start(words: list[str]) -> Change | None:
    return _stopping(Switch.OFF, words)


def _stopping(switch: Switch, words: list[str]) -> Change | None:
    """Return a change of everything, of one policy or of one rule: `spam`, `spam/SP4`."""
    if len(words) > 1:
        return None
    policy, _, category = (words[0] if words else "").partition("/")
    return StopChange(
        switch=switch,
        policy=PolicyId(policy) if policy else None,
        category=CategoryId(category) if category else None,
    )


_READERS: dict[str, Callable[[list[str]], Change | None]] = {
    "mode": _mode,
    "policies": _policies,
    "exempt": _exempt,
    "limits": _limits,
    "moderators": _moderators,
    "log": _log,
    "call": _call,
    "language": _language,
    "stop": _stop,
    "start": _start,
}
