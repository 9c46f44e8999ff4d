"""What `hallmoot doctor` finds out about the model by asking it."""

from bot.domain.errors import ModelError
from bot.domain.finding import Finding, Grade
from bot.domain.policy import Policy
from bot.domain.question import ModelHealth
from bot.domain.verdict import UndecidedReason
from bot.inference.ollama import OllamaClassifier

_OUT_OF_FORM = frozenset({UndecidedReason.INVALID, UndecidedReason.UNFINISHED, UndecidedReason.REJECTED})
"""How an answer can fail that a schema should have held to its form."""


def foreign_window_finding(health: ModelHealth, num_ctx: int) -> Finding | None:
    """Say that another program has the model loaded with a context window of its own; None where it has not."""
    if health.foreign_window is None:
        return None
    return Finding(
        check="context window",
        grade=Grade.ADVICE,
        found=f"another program has {health.identity.model} loaded with a window of {health.foreign_window} tokens; "
        f"Hallmoot asks for {num_ctx} (ollama.num_ctx)",
        remedy="Ollama loads the model anew at each change from one to the other, and reads every policy again. Let "
        f"the other program ask for num_ctx {num_ctx}, or give it a model or an Ollama of its own.",
    )


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
