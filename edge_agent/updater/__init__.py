"""The update service: a process of its own, which fetches, judges, tries and keeps models, or takes them back."""
