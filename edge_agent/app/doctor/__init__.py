"""What `edge-agent doctor` looks at: one file a subject, each line with the next step to take."""
