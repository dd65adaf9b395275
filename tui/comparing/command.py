"""The command that makes a comparison again."""

from collections.abc import Sequence

from tui.comparing.groups import Grouping


def words_of(
    names: Sequence[str],
    grouping: Grouping,
    cells: Sequence[str] = (),
    metrics: Sequence[str] = (),
    everything: bool = False,
) -> list[str]:
    """Its words, `detour` first; `names` begin with the baseline."""
    options = [part for glob in cells for part in ("--cells", glob)]
    options += [part for metric in metrics for part in ("--metric", metric)]
    options += ["--group", grouping.by] if grouping.by is not None else []
    options += ["--seed", grouping.seed] if grouping.seed is not None else []
    options += ["--no-group"] if grouping.off else []
    options += ["--all"] if everything else []
    # A name that begins with a hyphen is no option.
    dashes = ["--"] if any(name.startswith("-") for name in names) else []
    return ["detour", "compare", *options, *dashes, *names]
