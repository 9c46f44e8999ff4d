"""Stand-in servers: real servers on this machine that behave as the platforms and Ollama do."""
