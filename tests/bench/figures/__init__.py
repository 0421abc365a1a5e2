"""One file a figure (or a few that share their samples): ``measure(bench)`` yields its rows.

The docstring's first line says what is measured, for ``./setup/bench --list``.
"""
