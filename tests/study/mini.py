"""A small real study: the sample's classification with tiny BERT, one seed, run by DVC in a clone.

It holds this checkout's files as they are (committed or not), so that tests see what is being worked on.
"""

import sys
from pathlib import Path

from ruamel.yaml import YAML

from tests.tui.toy import ROOT, dvc, environment, shell
from tui.runs.hosting import Host

CELLS = [
    f"classification@{target}-{start}-bert"
    for target in ("sms_spam", "movie_reviews")
    for start in ("pretrained", "imdb")
]


def make_mini(folder: Path) -> Path:
    """Clone the checkout into `folder`, narrow params.yaml, generate data/ and commit; nothing has run yet."""
    shell(ROOT, "git", "clone", "--quiet", "--no-local", "--depth", "1", f"file://{ROOT}", str(folder))
    for name in shell(ROOT, "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        source, destination = ROOT / name, folder / name
        if name and source.is_file() and not name.startswith("reports/"):
            destination.parent.mkdir(parents=True, exist_ok=True)
            destination.write_bytes(source.read_bytes())
    for key, value in (("user.name", "Tester"), ("user.email", "tester@example.org")):
        shell(folder, "git", "config", key, value)
    shell(folder, "git", "rm", "-r", "--quiet", "--force", "--ignore-unmatch", "dvc.lock", "reports")
    _narrow(folder / "params.yaml")
    shell(folder, sys.executable, "-m", "pipeline.corpora.sample", "data")
    dvc(folder, "add", "--quiet", "data")
    shell(folder, "git", "add", "--all")
    shell(folder, "git", "commit", "--quiet", "--message", "A small study")
    return folder


def _narrow(path: Path) -> None:
    yaml = YAML()
    yaml.width = 120
    values = yaml.load(path.read_text(encoding="utf-8"))
    values["models"] = ["bert"]
    values["seeds"] = [1]
    values["starts"] = {"imdb": {"task": "classification", "corpus": "imdb", "head": "keep"}}
    values["training"]["target"]["epochs"] = 2
    values["training"]["intermediate"]["epochs"] = 1
    for task in ("sentiment", "similarity"):
        values[task] = {"starts": [], "targets": []}
    kept = ("imdb", "sms_spam", "movie_reviews")
    values["corpora"] = {key: block for key, block in values["corpora"].items() if key in kept}
    with path.open("w", encoding="utf-8") as file:
        yaml.dump(values, file)


def run_mini(folder: Path, modules: Path) -> None:
    """Run the whole small study, stage by stage as runs do, and commit it; each stage tells its modules."""
    modules.mkdir()
    said: list[str] = []
    variables = {**environment(), "DETOUR_MODULES": str(modules)}
    with Host() as host:
        status = host.run(folder, ["repro"], variables, said.append)
    assert status == 0, "".join(said)[-6000:]
    shell(folder, "git", "add", "--all")
    shell(folder, "git", "commit", "--quiet", "--message", "The small study, run")
