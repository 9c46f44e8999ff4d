"""What `hallmoot doctor` finds out about the model by asking it."""

from bot.domain.errors import ModelError
from bot.domain.finding import Finding, Grade
from bot.domain.policy import Policy
from bot.domain.verdict import UndecidedReason
from bot.inference.ollama import OllamaClassifier

_OUT_OF_FORM = frozenset({UndecidedReason.INVALID, UndecidedReason.UNFINISHED, UndecidedReason.REJECTED})
"""How an answer can fail that a schema should have held to its form."""


async def explanation_finding(model: OllamaClassifier, policy: Policy) -> Finding:
    """Ask for one explanation, and say whether the server holds answers to the form that is asked for.

    Raises ModelError where there is no answer at all.
    """
    try:
        await model.check_explaining(policy)
    except ModelError as error:
        if error.reason not in _OUT_OF_FORM:
            raise
        return Finding(
            check="explanation",
            grade=Grade.FAULT,
            found=f"the model server does not hold an answer to the form that it is asked for ({error})",
            remedy="What the model objects to goes to people without its reason, and nothing is removed by itself. "
            "Update Ollama, or use a model of the gpt-oss family.",
        )
    return Finding(check="explanation", grade=Grade.FINE, found="an explanation comes in the form that is asked for")
