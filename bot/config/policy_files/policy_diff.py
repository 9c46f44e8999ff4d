"""What a policy's settings are, as plain values, and how two policies differ."""

import difflib

from bot.domain.policy import Category, Policy


def policy_values(policy: Policy) -> dict[str, object]:
    """Return a policy's settings as JSON holds them, without its text."""
    return {
        "id": policy.id,
        "title": policy.title,
        "languages": list(policy.languages),
        "effort": policy.effort,
        "applies_when": sorted(policy.applies_when),
        "context_free": policy.context_free,
        "categories": [_category(category) for category in policy.categories],
        "policy_hash": policy.policy_hash,
        "source": policy.source,
    }


def _category(category: Category) -> dict[str, object]:
    return {
        "id": category.id,
        "title": category.title,
        "severity": category.severity,
        "action": category.action,
        "people_only": category.people_only,
        "context_free": category.context_free,
        "return_text": category.return_text,
    }


def differences(first: Policy, second: Policy) -> list[str]:
    """Return what differs between the settings of two policies, one line each."""
    lines = _changed("", _plain(first), _plain(second))
    before = {category.id: category for category in first.categories}
    after = {category.id: category for category in second.categories}
    lines += [f"{name}: gone" for name in before if name not in after]
    lines += [f"{name}: new" for name in after if name not in before]
    for name, category in before.items():
        if name in after:
            lines += _changed(f"{name}.", _category(category), _category(after[name]))
    return lines


def _plain(policy: Policy) -> dict[str, object]:
    return {
        key: value for key, value in policy_values(policy).items() if key not in {"categories", "policy_hash", "source"}
    }


def _changed(above: str, first: dict[str, object], second: dict[str, object]) -> list[str]:
    return [f"{above}{key}: {_word(first[key])} -> {_word(second[key])}" for key in first if first[key] != second[key]]


def _word(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def text_difference(first: Policy, second: Policy) -> list[str]:
    """Return how the texts differ, line by line, as `diff -u` tells it; nothing when they do not."""
    old, new_text = first.text.split("\n"), second.text.split("\n")
    return list(difflib.unified_diff(old, new_text, first.source, second.source, lineterm="", n=2))


def reads_alike(first: Policy, second: Policy) -> bool:
    """Return whether the model reads the same of both, so that verdicts and calibration of one hold for the other."""
    ids = [category.id for category in first.categories], [category.id for category in second.categories]
    return ids[0] == ids[1] and first.effort == second.effort and first.text == second.text
