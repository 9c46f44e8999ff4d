"""What a policy's prefix is warmed with: two messages, one right after the other."""

from bot.domain.policy import Policy
from bot.domain.question import Question
from bot.inference.prompts.prompt import FENCE_DIGITS, fence

_TEXTS = (
    "Good morning, everyone!",
    "Has anybody seen the new schedule?",
    "Thanks for the help yesterday.",
    "See you all at the weekend.",
)


def warming_questions(policy: Policy, install_key: bytes) -> tuple[Question, Question]:
    """Return two questions that part where the policy's prefix ends, under any key.

    The second one resumes there, which is what makes a server keep that place. Under one key in a thousand the first
    two texts have fences that share a token, so that they would part behind it.
    """
    first, *others = (Question(policy=policy, text=text) for text in _TEXTS)
    taken = fence(first, install_key)[:FENCE_DIGITS]
    second = next((other for other in others if fence(other, install_key)[:FENCE_DIGITS] != taken), others[0])
    return first, second
