"""What our addons do in a second, beside what people use today: `./setup/bench` runs it."""
