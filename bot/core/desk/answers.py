"""Short ways to say how a request ended, and the names that rules have in answers."""

from bot.domain.actions import Action
from bot.domain.answer import Answer, AnswerKind
from bot.domain.built_in import built_in
from bot.domain.case import Case, CaseFile
from bot.domain.ids import CategoryId, CommunityId, PolicyId
from bot.domain.policy import Policy
from bot.domain.reasons import Reason, reason
from bot.domain.reckoning import became
from bot.domain.settings import CommunitySettings
from bot.ports.policy_source import PolicySource

NO_RULE = "—"
"""Stands where a case has no rule: a member reported it, or it could not be judged."""


def done(*lines: Reason) -> Answer:
    """Return the answer to what was done."""
    return Answer(kind=AnswerKind.DONE, lines=lines)


def failed(*lines: Reason) -> Answer:
    """Return the answer to what did not work this time."""
    return Answer(kind=AnswerKind.FAILED, lines=lines)


class RuleNames:
    """Titles of policies and rules, as a community can choose from them."""

    def __init__(self, policies: PolicySource) -> None:
        self._policies = policies

    def policy(self, community: CommunityId, policy: PolicyId) -> str:
        """Return a policy's title, or its id where it is gone."""
        found = self._find(community, policy)
        return found.title if found is not None else policy

    def _find(self, community: CommunityId, policy: PolicyId) -> Policy | None:
        """Return a policy, the built-in checks among them."""
        check = built_in(policy)
        return check.policy if check is not None else self._policies.of(community).get(policy)

    def rule(self, community: CommunityId, policy: PolicyId | None, category: CategoryId | None) -> str:
        """Return a rule's title; that of its policy without a rule, and a dash without a policy."""
        if policy is None:
            return NO_RULE
        found = self._find(community, policy)
        titles = {entry.id: entry.title for entry in found.categories} if found is not None else {}
        return titles.get(category, category) if category is not None else self.policy(community, policy)

    def action(self, now: CommunitySettings, policy: PolicyId, category: CategoryId) -> Action | None:
        """Return what a rule does in a community; None where the rule is gone."""
        entry = now.category_settings(policy, category)
        if entry is not None and entry.action is not None:
            return entry.action
        found = self._find(now.community, policy)
        actions = {rule.id: rule.action for rule in found.categories} if found is not None else {}
        return actions.get(category)

    def of_record(self, file: CaseFile) -> tuple[tuple[str, str], ...]:
        """Return the titles of all that a case was put to, by `policy` and `policy/rule`."""
        community, named = file.case.community, dict[str, str]()
        for verdict in file.verdicts:
            named[verdict.policy] = self.policy(community, verdict.policy)
            if verdict.category is not None:
                named[f"{verdict.policy}/{verdict.category}"] = self.rule(community, verdict.policy, verdict.category)
        return tuple(named.items())

    def of_case(self, case: Case) -> str:
        """Return the title of the rule that a case is about."""
        return self.rule(case.community, case.policy, case.category)


def entry_line(file: CaseFile, names: RuleNames) -> Reason:
    """Return one case as a line of a list; what became of it is told from the outcomes, as on its card."""
    case, what = file.case, became(file)
    values = {
        **dict(what.values),
        "case": str(case.number),
        "what": what.code,
        "rule": names.of_case(case),
        "status": f"status.{case.status.value.lower()}",
    }
    return reason("case.entry", **values)
