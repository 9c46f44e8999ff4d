"""Counts of cases: of what was done, not of what was decided."""

from bot.cli.shared.tallies import CaseTally, rule_table
from bot.cli.stats import named
from bot.domain.actions import Action, Outcome
from bot.domain.case import CaseFile
from bot.domain.decision import StoredEffect
from tests.factories import effect, effect_result, message
from tests.messages.test_more import file


def removals(*outcomes: Outcome) -> CaseFile:
    """Return a case whose messages' removals ended like that."""
    effects = [effect(Action.DELETE, of=message(id=f"m{number}")) for number, _ in enumerate(outcomes)]
    ended = zip(effects, outcomes, strict=True)
    stored = tuple(StoredEffect(effect=each, result=effect_result(each, how)) for each, how in ended)
    return file(effects=stored, copies=len(stored))


def test_only_what_was_removed_counts_as_removed() -> None:
    """Each case asked for a removal: one was refused, one only practised, one removed two of three messages."""
    tally = CaseTally()
    for case in (
        removals(Outcome.APPLIED),
        removals(Outcome.REFUSED),
        removals(Outcome.SIMULATED),
        removals(Outcome.APPLIED, Outcome.APPLIED, Outcome.FAILED),
    ):
        tally.add(case)
    assert (tally.cases, tally.removed) == (4, 3)
    became = {entry["became"]: entry["cases"] for entry in tally.as_dict()["by_rule"]}
    assert became == {"delete": 1, "not_carried_out": 1, "practising": 1, "delete_some": 1}
    names = list(rule_table(tally, "Became", named).columns[2].cells)
    assert names == ["Removed", "Removed some of several", "Not carried out", "Practice"]
