"""What stands beside an action in a server's own audit log."""

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from bot.adapters.discord.outgoing.audit_reasons import LONGEST, audit_reason
from bot.domain.ids import CaseNumber, PersonId
from tests import factories


@given(rule=st.text(max_size=300), rationale=st.text(max_size=1_000), by=st.sampled_from(["hallmoot", "123456789"]))
def test_an_audit_reason_always_fits_and_begins_with_the_case(rule: str, rationale: str, by: str) -> None:
    """Whatever the model wrote, in whichever script."""
    made = factories.effect(case=CaseNumber(12), rule=rule, rationale=rationale, by=PersonId(by))
    reason = audit_reason(made)
    assert len(quote(reason, safe="")) <= LONGEST
    assert reason.startswith("[case 12]")
    assert "\n" not in reason
