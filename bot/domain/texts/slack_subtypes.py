"""Subtypes of Slack's messages, and what each of them is: the same live as in exports."""

SPOKEN = frozenset(
    {"", "file_share", "me_message", "thread_broadcast", "bot_message", "reply_broadcast", "reminder_add"}
)
"""Subtypes in which somebody says something."""
CHOSEN = {f"{kind}_{what}": what for kind in ("channel", "group") for what in ("topic", "purpose", "name")}
"""Subtypes that tell of a text which a member has just chosen for a channel, and the field that holds it."""
HOUSEKEEPING = frozenset(
    {
        f"{kind}_{what}"
        for kind in ("channel", "group")
        for what in ("join", "leave", "archive", "unarchive", "convert_to_private", "convert_to_public")
    }
    | {"app_conversation_join", "app_conversation_leave", "assistant_app_thread", "bot_add", "bot_disable"}
    | {"bot_enable", "bot_remove", "channel_canvas_updated", "channel_posting_permissions", "ekm_access_denied"}
    | {"huddle_thread", "message_replied", "pinned_item", "sh_room_created", "sh_room_shared", "tombstone"}
    | {"unpinned_item"}
)
"""Subtypes in which Slack tells of something that nobody said."""
