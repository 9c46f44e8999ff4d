"""What only chat platforms with commands and roles need: names of a command's fields, calls to people, check-ups."""

from bot.messages.entry import for_admins, for_members, for_moderators

SENTENCES = {
    "call.needs_people": for_moderators(
        "Case {case} needs a person.", note="Follows the name of those who are called."
    ),
    "audit_log.asked_by": for_moderators("(asked for by {name})", note="Ends an entry of the server's own audit log."),
    # the fields of commands: at most 100 characters
    "option.case": for_moderators("The number of the case"),
    "option.member": for_moderators("The member"),
    "option.text": for_moderators("The text to try"),
    "option.link": for_moderators("The link of the message"),
    "option.policy": for_admins("The rules it is about"),
    "option.category": for_admins("One rule among them; all of them if you leave it out"),
    "option.channel": for_admins("The channel"),
    "option.role": for_admins("The role"),
    "option.forget": for_admins("Let go of them: they will not be judged"),
    "choice.forget": for_admins("Yes, let go of all that waits"),
    "option.switch": for_admins("On, or off"),
    "option.switch_exempt": for_admins("On: no longer checked; off: checked again"),
    "option.switch_roles": for_admins("On: choose these roles; off: no longer"),
    "option.switch_stop": for_moderators("On: stop everything automatic; off: start again"),
    "switch.on": for_admins("on"),
    "switch.off": for_admins("off"),
    "option.mode": for_admins("Practise, or act in earnest"),
    "option.action": for_admins("What the rule does on its own; what it does now if you leave it out"),
    "option.limit": for_admins("Which limit"),
    "option.number": for_admins("How many"),
    "option.file": for_admins("A policy file: plain text, or text with a head that names its rules"),
    "option.messages": for_admins("How many recent messages to try it on"),
    "option.quarantine": for_admins("The role that a quarantined member gets"),
    "option.escalate": for_admins("The role that is called when a case needs a person"),
    "option.moderators": for_admins("A role whose members decide cases"),
    "verb.roles": for_admins("Choose the roles for moderators, for calls and for quarantine"),
    "verb.policies_list": for_moderators("Which rules are in use, where, and which of them act"),
    "verb.policies_switch": for_admins("Use rules here, or no longer"),
    "verb.policies_upload": for_admins("Add rules of your own from a file"),
    "verb.policies_dry_run": for_admins("Try rules on recent messages, without any card"),
    "policies.file_too_large": for_admins("That file is too large. A policy has {most} characters at most."),
    "report.words_hint": for_members("Your name and your words reach the moderators together with the message."),
    "setup.incomplete": for_admins("Please choose a channel for the cards, and rules, before you go on."),
    "setup.started": for_admins("Saved. This takes a few minutes; you can go on meanwhile."),
}
