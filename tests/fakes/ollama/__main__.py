"""Run the stand-in by hand: `python -m tests.fakes.ollama --port 11435 --violates nitro --violates idiot`."""

import argparse
import asyncio
import sys

from tests.fakes.ollama import DEFAULT_RULES, USUAL_MODEL, Brain, Models, Rule, StandIn, StoredModel


def main() -> None:
    """Serve until interrupted."""
    options = _parser().parse_args()
    rules = tuple(Rule(word) for word in options.violates) or DEFAULT_RULES
    models = Models(load_seconds=options.load_seconds)
    models.add(StoredModel(options.model))
    server = StandIn(brain=Brain(rules=rules), models=models)
    try:
        asyncio.run(_serve(server, options.port))
    except KeyboardInterrupt:
        sys.exit(0)
    except OSError as error:
        sys.exit(f"Can't listen on port {options.port}: {error}")


async def _serve(server: StandIn, port: int) -> None:
    await server.start(port)
    words = ", ".join(rule.word for rule in server.brain.rules)
    sys.stdout.write(f"A stand-in for Ollama at {server.url}; no model. It objects to: {words}\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.ollama", description=__doc__)
    parser.add_argument("--port", type=int, default=11435, help="where to listen on 127.0.0.1 (0: any free port)")
    parser.add_argument("--model", default=USUAL_MODEL, help="name of a model that it has besides the usual one")
    parser.add_argument("--violates", action="append", default=[], metavar="WORD", help="a word it objects to; repeat")
    parser.add_argument("--load-seconds", type=float, default=0.0, help="how long loading the model takes")
    return parser


main()
