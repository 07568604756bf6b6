"""The operator's side of updates: keys, the signed repository, and staged rollouts (`edge-agent-fleet`)."""
