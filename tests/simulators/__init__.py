"""The other side, played by programs that know nothing of our addons: only HTTP, CloudEvents and Standard Webhooks."""
