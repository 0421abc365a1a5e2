"""What happens to messages when things break: `./setup/test --faults`, and in short `./setup/test --faults --short`."""
