"""Durations and sizes as a person says them, to two figures."""


def in_words(minutes: float) -> str:
    """A duration as a person says it, to two figures."""
    number, unit = _in_unit(minutes, _unit(minutes))
    return f"{number} {unit}"


def span_in_words(low: float, high: float) -> str:
    """A range of minutes, the unit said once where both ends have it, and the number where they are the same."""
    if low <= 0:
        return f"up to {in_words(high)}"
    if in_words(low) == in_words(high):
        return in_words(high)
    if _unit(low) == _unit(high):
        return f"{_in_unit(low, _unit(low))[0]} to {in_words(high)}"
    return f"{in_words(low)} to {in_words(high)}"


_UNITS = {"days": 24 * 60.0, "h": 60.0, "min": 1.0, "s": 1 / 60}


def _unit(minutes: float) -> str:
    return next((unit for unit, size in _UNITS.items() if minutes >= size), "s")


def _in_unit(minutes: float, unit: str) -> tuple[str, str]:
    number = minutes / _UNITS[unit]
    return (f"{number:,.0f}" if number >= 10 else f"{number:.2g}"), unit


def size_in_words(low: float, high: float) -> str:
    """A range of MiB, the unit said once where both ends have it."""
    if low <= 0:
        return f"up to {_size(high)}"
    first, last = _size(low), _size(high)
    if first == last:
        return last
    return f"{first.split()[0]} to {last}" if first.split()[1] == last.split()[1] else f"{first} to {last}"


def _size(mib: float) -> str:
    number, unit = (mib / 1024, "GiB") if mib >= 1000 else (mib, "MiB")
    return f"{number:,.0f} {unit}" if number >= 10 else f"{number:.2g} {unit}"
