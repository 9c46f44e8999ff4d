"""What only Slack needs: its dialogs, its home tab, and the words in the place of what it does not offer."""

from bot.messages.entry import for_admins, for_members, for_moderators

SENTENCES = {
    "slack.case": for_moderators("Case {case}", note="A dialog's title: at most 24 characters."),
    "slack.author": for_moderators("the author", note="In the place of a name."),
    "slack.text_behind_more": for_moderators("The text may be hard to read. It stands behind “More…”."),
    "slack.your_name": for_members("Your name"),
    "slack.file_sent": for_admins("The file is in your direct messages with this app."),
    "slack.file_not_sent": for_admins(
        "The file could not be sent. Whoever runs the bot can save one with “hallmoot export”."
    ),
    "slack.verb_start": for_admins("Allow automatic actions again"),
    "slack.verb_stop_rule": for_moderators("Stop one rule's automatic actions at once"),
    "slack.verb_log": for_admins("Choose where cards go: a channel that only moderators see"),
    "slack.verb_moderators": for_admins("Choose who decides cases"),
    "slack.verb_call": for_admins("Choose who is called when a case needs a person"),
    "slack.verb_language": for_admins("Choose the language that the bot speaks here"),
    "slack.verb_places": for_moderators("Where cards go, who decides cases, and who is called"),
    "slack.mentioned": for_members(
        "To report a message, open its menu and choose “Report to moderators”. For everything else there is {command}."
    ),
    "slack.setup_title": for_admins("Setup", note="A dialog's title: at most 24 characters."),
    "slack.home_member": for_members("This workspace is moderated under its own written rules."),
    "slack.home_moderator": for_moderators("How things stand", note="A heading on the home tab."),
    "slack.home_open": for_moderators("Open cases", note="A heading on the home tab."),
    "slack.home_next": for_moderators("What to do next", note="A heading on the home tab."),
    "slack.home_next_setup": for_moderators("An admin sets this up with {command}.", note="{command}: what to type."),
    "slack.home_next_cases": for_moderators(
        "Open cases wait for a decision. Their cards are in the moderators' channel."
    ),
    "slack.home_next_nothing": for_moderators("Nothing waits for anybody."),
    "slack.home_to_log": for_moderators("Open the moderators' channel", note="A button."),
    "slack.home_joining": for_moderators(
        "1 public channel is still to be joined. Until then nothing is read there.",
        "{count} public channels are still to be joined. Until then nothing is read there.",
    ),
    "slack.home_yours": for_members("Your messages", note="A heading on the home tab."),
    "slack.home_privacy": for_members("What is read and kept", note="A heading on the home tab."),
}
