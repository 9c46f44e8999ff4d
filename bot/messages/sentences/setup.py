"""The guided set-up: one question at a time, and at the end cases from recent messages."""

from bot.messages.entry import for_admins, for_members

SENTENCES = {
    "setup.welcome": for_admins(
        "This takes about five minutes. Nothing is done to anybody until you say so: every rule begins by practising."
    ),
    "setup.mod_log": for_admins("Where should cards go? Choose a channel that only moderators see."),
    "setup.mod_log_is_public": for_admins(
        "Everybody can read {channel}. Please choose a channel for moderators alone."
    ),
    "setup.mod_log_not_writable": for_admins("The bot can't write in {channel}. It lacks: {permission}"),
    "setup.moderators": for_admins("Who are the moderators?"),
    "setup.escalate_to": for_admins("Who should be called when something needs a person? (optional)"),
    "setup.policies": for_admins("Which rules should hold here? You can change this at any time."),
    "setup.asked_everything": for_admins("for every message", note="When a policy is asked, in the menu of them."),
    "setup.asked_new_members": for_admins("only for new members"),
    "setup.asked_links": for_admins("only for links"),
    "setup.asked_replies_and_mentions": for_admins("only for answers and mentions"),
    "setup.asked_reported": for_admins("only when reported"),
    "setup.channels": for_admins("Where should they hold?"),
    "setup.language": for_admins("Which language should the bot speak here?"),
    "setup.language_name": for_admins("English", note="The name of this very language, in itself."),
    "setup.measuring": for_admins("Measuring how fast the model answers…"),
    "setup.measured": for_admins(
        "One message takes {pace} s. Here that is enough to read {share} of 100 messages within a minute.",
        note="{share}: a whole number up to 100.",
    ),
    "setup.too_slow": for_admins(
        "That is slow for this many messages. Fewer rules, fewer channels or a faster computer would help."
    ),
    "setup.reading": for_admins(
        "Reading the latest message, as a start: {done} of 1. Cases so far: {cases}.",
        "Reading the latest {count} messages, as a start: {done} of {count}. Cases so far: {cases}.",
        note="Shown while it goes on; {done} and {cases} are numbers.",
    ),
    "setup.recent_waits": for_admins(
        "1 recent message waits for it, as a start. Cards come once it answers.",
        "{count} recent messages wait for it, as a start. Cards come once it answers.",
        note="Follows a sentence that says that the model does not answer.",
    ),
    "setup.recent_nothing": for_admins("There are no recent messages to begin with. Cards come as people write."),
    "setup.recent_stopped": for_admins(
        "Stopped. Only {done} of 1 recent message is read; all else is saved.",
        "Stopped. Only {done} of {count} recent messages are read; all else is saved.",
    ),
    "setup.recent_late": for_admins(
        "{done} of 1 recent message was read so far. The rest follows by itself.",
        "{done} of {count} recent messages were read so far. The rest follows by itself.",
    ),
    "setup.unmeasured": for_admins("Stopped. All is saved; the speed was not measured, and no recent message read."),
    "setup.stop": for_admins("Stop here", note="A button beside the progress of a setup."),
    "setup.recent_done": for_admins(
        "Done. 1 case is waiting for you in {channel}.", "Done. {count} cases are waiting for you in {channel}."
    ),
    "setup.recent_none": for_admins("Done. None of the recent messages broke a rule."),
    "setup.next": for_admins("Look at the cards for a few days. Then let a rule act in earnest with /mod mode."),
    "setup.invite": for_admins(
        "For this the bot needs one more permission ({actions}): {permission}. This link adds it: {link}",
        "For this the bot needs {count} more permissions ({actions}): {permission}. This link adds them all: {link}",
        note="{actions}: what it is for, as “removing the message”.",
    ),
    "setup.needs_manage_server": for_members(
        "Whoever may manage this server (the permission “Manage Server”) can type /mod setup."
    ),
    "setup.needs_workspace_admin": for_members("An owner or admin of this workspace can type {command} setup."),
    "setup.invite_bot": for_admins(
        "The bot is not in {channel} yet. Type {command} in that channel, then send this form again."
    ),
    "setup.before": for_admins(
        "Before you begin: the channel for cards has to be private, and the bot in it. Type {command} there."
    ),
    "setup.continue": for_admins("Continue"),
}
