"""Rows as people read them, and as they are kept in a file."""


def merged(known, rows):
    """The entries of a file with those of these rows in their place, or at the end."""
    fresh = {entry["name"]: entry for entry in rows}
    kept = [fresh.pop(entry["name"], entry) for entry in known]
    return [*kept, *fresh.values()]


def figure(value):
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def verdict(entry):
    if entry["goal"] is None:
        return ""
    return f"goal {entry['goal']}: {'met' if entry['met'] else 'NOT met'}"


def line(entry):
    peer = f", peer {figure(entry['peer'])}, ratio {figure(entry['ratio'])}" if entry["peer"] is not None else ""
    return f"{entry['name']}: {figure(entry['ours'])}{peer} {entry['unit']}  {verdict(entry)}".rstrip()


def table(rows):
    """A table of text with a line for each row."""
    head = ("figure", "ours", "peer", "ratio", "unit", "goal", "met")
    lines = [head]
    for entry in rows:
        met = {True: "yes", False: "NO", None: ""}[entry["met"]]
        values = [figure(entry[name]) for name in ("ours", "peer", "ratio")]
        lines.append((entry["name"], *values, entry["unit"], entry["goal"] or "", met))
    widths = [max(len(row[column]) for row in lines) for column in range(len(head))]
    shown = []
    for number, row in enumerate(lines):
        cells = [
            text.rjust(width) if 1 <= column <= 3 else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ]
        shown.append("  ".join(cells).rstrip())
        if not number:
            shown.append("  ".join("-" * width for width in widths))
    return "\n".join(shown)
