"""What was found as people read it."""


def total(stages):
    """``(faults, promises)`` of several stages (dicts of Found) together."""
    faults, promises = {}, {}
    for stage in stages:
        for name, count in stage["faults"].items():
            faults[name] = faults.get(name, 0) + count
        for each in stage["promises"]:
            known = promises.setdefault(each["name"], {"name": each["name"], "checked": 0, "broken": []})
            known["checked"] += each["checked"]
            known["broken"] += each["broken"]
    return faults, list(promises.values())


def table(stages):
    """Two tables of text: each fault with its count, each promise with what was checked and what was broken."""
    faults, promises = total(stages)
    lines = [f"{count:>9,}  {name}" for name, count in sorted(faults.items())]
    lines += ["", f"{'broken':>9}  {'checked':>9}  promise"]
    for each in promises:
        lines.append(f"{len(each['broken']):>9,}  {each['checked']:>9,}  0 {each['name']}")
        lines += [f"{'':22} {text}" for text in each["broken"][:10]]
    return "\n".join(lines)
