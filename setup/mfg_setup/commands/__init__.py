"""One module a command of ./setup/, each with a function main() that returns the exit status."""
