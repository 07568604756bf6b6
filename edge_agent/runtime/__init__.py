"""Threads, mailbox, back-off, watchdog: what runs the stages."""
