"""Settings and questions for the tests of the model's side."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.policy import Effort, Policy
from bot.domain.question import ContextLine, Question
from bot.domain.settings import OllamaSettings
from tests import factories
from tests.fakes.ollama import USUAL_MODEL

INSTALL_KEY = b"a key of thirty-two bytes, or so"


def settings(*urls: str, **changes: object) -> OllamaSettings:
    """Return settings with a window of 4,096 tokens, of which 800 are kept for reasoning and answer at low effort."""
    made = OllamaSettings(
        urls=urls or ("http://127.0.0.1:11434",),
        model=USUAL_MODEL,
        allow_remote=False,
        slots=1,
        num_ctx=4_096,
        keep_alive="-1",
        timeout=timedelta(seconds=20),
        load_timeout=timedelta(seconds=20),
        seed=7,
        reasoning_tokens=((Effort.LOW, 500), (Effort.MEDIUM, 900), (Effort.HIGH, 1_500)),
        verdict_tokens=300,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def policy(*, text: str = "", effort: Effort = Effort.LOW, categories: tuple[str, ...] = ("SP1", "HR1")) -> Policy:
    """Return a policy with these categories, whose text names them."""
    return factories.policy(
        "house-rules",
        *(factories.category(category) for category in categories),
        text=text or f"# House rules\n\nRules: {', '.join(categories)}. No adverts, no insults.",
        effort=effort,
    )


def question(text: str, *context: str, of: Policy | None = None) -> Question:
    """Return a question about a text, with earlier messages by others."""
    lines = tuple(ContextLine(author=f"member-{n}", text=line) for n, line in enumerate(context, start=1))
    return Question(policy=of or policy(), text=text, context=lines)
