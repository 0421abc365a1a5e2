"""What a shipped line holds: pieces (a quantity, maybe of one lot, in one package) and their summary on the line.

A line says in "lots", "serials" and "packages" what it holds; only where that leaves open which is where, "contents"
lists the pieces: [{"quantity", "lot"?, "expires"?, "serials"?, "packages"?}].
"""

from decimal import Decimal

from ..errors import X12Error, shown
from ..values import plain
from .parts import tidy


def summarize(line, pieces):
    """Add quantity, lots, serials, packages and, if need be, contents of its pieces to a line."""
    lots = {}
    for piece in pieces:
        if "lot" in piece:
            lot = lots.setdefault(piece["lot"], {"lot": piece["lot"], "quantity": "0"})
            lot["quantity"] = plain(Decimal(lot["quantity"]) + Decimal(piece["quantity"]))
            if "expires" in piece:
                lot.setdefault("expires", piece["expires"])
    line["quantity"] = plain(sum((Decimal(piece["quantity"]) for piece in pieces), Decimal()))
    line["lots"] = list(lots.values())
    line["serials"] = _distinct(serial for piece in pieces for serial in piece.get("serials", []))
    line["packages"] = _distinct(package for piece in pieces for package in piece.get("packages", []))
    if _derived(line) != pieces:
        line["contents"] = pieces
    return line


def pieces_of(line):
    """The pieces of a line, out of its contents or, where they leave nothing open, its lots, serials and packages.

    :raise X12Error: it can't be told what is where, or the quantities don't add up
    """
    pieces = line.get("contents") or _derived(line)
    if pieces is None:
        raise _error(line, 'what is in which lot or package is open: say it in "contents"')
    for piece in pieces:
        if not piece.get("quantity"):
            raise _error(line, "a lot or piece has no quantity")
    total = sum((_number(line, piece["quantity"]) for piece in pieces), Decimal())
    if total != _number(line, line.get("quantity")):
        raise _error(line, f"its contents add up to {plain(total)}, its quantity is {line.get('quantity')}")
    return pieces


def _derived(line):
    """One piece a lot, or one for all; None where that wouldn't be certain."""
    lots, serials, packages = (line.get(key) or [] for key in ("lots", "serials", "packages"))
    if not lots:
        return [tidy({"quantity": line.get("quantity"), "serials": serials, "packages": packages})]
    if len(lots) > 1 and (serials or len(packages) > 1):
        return None
    return [tidy({**lot, "serials": serials, "packages": packages}) for lot in lots]


def _distinct(values):
    return list(dict.fromkeys(values))


def _number(line, value):
    try:
        return Decimal(str(value))
    except ArithmeticError:
        raise _error(line, f"quantity {shown(value)} is not a number") from None


def _error(line, problem):
    return X12Error(f"line {shown(line.get('line', ''))}: {problem}", segment="SN1", element=2)
