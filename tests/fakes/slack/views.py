"""views.*: modals that need a trigger of the last three seconds, home tabs, and the hash against races."""

import hashlib
import json

from tests.fakes.slack.block_kit import check_view
from tests.fakes.slack.rules import Refusal
from tests.fakes.slack.server import Call, method
from tests.fakes.slack.things import JSON

TRIGGER_SECONDS = 3.0


@method("views.open")
def views_open(call: Call) -> JSON:
    """Open a modal for whoever pressed."""
    opener = _use_trigger(call)
    view = _checked(call, "modal")
    made = _numbered(call, view, f"V{len(call.world.views) + 1}")
    call.world.views[made["id"]] = made
    call.world.opened.append((opener, made["id"]))
    return {"view": made}


@method("views.update")
def views_update(call: Call) -> JSON:
    """Change an open view; a hash that is not the current one is a race lost."""
    current = call.world.views.get(str(call.body.get("view_id")))
    if current is None:
        raise Refusal("not_found")
    if call.body.get("hash") not in (None, "", current["hash"]):
        raise Refusal("hash_conflict")
    made = _numbered(call, _checked(call, current["type"]), current["id"])
    call.world.views[made["id"]] = made
    return {"view": made}


@method("views.publish")
def views_publish(call: Call) -> JSON:
    """Show a home tab to one person."""
    person = str(call.body.get("user_id"))
    if person not in call.world.users:
        raise Refusal("user_not_found")
    current = call.world.homes.get(person)
    if call.body.get("hash") and current is not None and call.body["hash"] != current["hash"]:
        raise Refusal("hash_conflict")
    call.world.homes[person] = _numbered(call, _checked(call, "home"), f"VH{person}")
    return {"view": call.world.homes[person]}


def _use_trigger(call: Call) -> str:
    trigger = str(call.body.get("trigger_id"))
    if trigger not in call.world.triggers:
        raise Refusal("invalid_trigger_id")
    issued, person = call.world.triggers[trigger]
    if call.world.now() - issued > TRIGGER_SECONDS:
        raise Refusal("expired_trigger_id")
    del call.world.triggers[trigger]
    return person


def _checked(call: Call, kind: str) -> JSON:
    view: JSON = call.body["view"]
    if view.get("type") != kind:
        raise Refusal("invalid_arguments")
    check_view(view)
    return view


def _numbered(call: Call, view: JSON, view_id: str) -> JSON:
    digest = hashlib.sha256(json.dumps([view, call.world.next_ts()]).encode()).hexdigest()[:10]
    return view | {"id": view_id, "hash": digest, "team_id": call.team.id}
