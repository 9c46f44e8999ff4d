"""The one place where the parts meet: settings, stores, model, platforms and the core are put together here."""
