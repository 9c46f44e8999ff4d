"""A stand-in for Ollama: a real HTTP server with the real vocabulary, and a brain made of fixed rules.

`running_ollama()` runs it in a thread, `serving()` on the present event loop, `python -m tests.fakes.ollama` by hand.
"""

from tests.fakes.ollama.brain import DEFAULT_RULES, Brain, Rule
from tests.fakes.ollama.faults import Fault, Faults, Step
from tests.fakes.ollama.models import USUAL_MODEL, Models, StoredModel
from tests.fakes.ollama.requests import Recorded
from tests.fakes.ollama.running import running_ollama, serving
from tests.fakes.ollama.server import StandIn

__all__ = [
    "DEFAULT_RULES",
    "USUAL_MODEL",
    "Brain",
    "Fault",
    "Faults",
    "Models",
    "Recorded",
    "Rule",
    "StandIn",
    "Step",
    "StoredModel",
    "running_ollama",
    "serving",
]
