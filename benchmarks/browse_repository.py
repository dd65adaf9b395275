"""Repositories of many experiments, made by plumbing: what `detour run` records, without the training.

An experiment changes the settings of one of three models, so that a third of its 45 cells are measured anew
and the others inherited; or (`whole`) those of all three, so that nothing is shared: the most that a reader
may have to read.
"""

import hashlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

TARGETS = tuple(f"target_{letter}" for letter in "abcde")
STARTS = ("pretrained", "imdb", "imdb_genres")
MODELS = ("bert", "roberta", "xlnet")
CELLS = tuple(f"{target}-{start}-{model}" for target in TARGETS for start in STARTS for model in MODELS)
"""45 cells, each with a metric file."""
_BEGUN = 1_790_000_000
_WHO = "Ada <ada@example.org>"
GRAPH = """\
stages:
  classification:
    matrix: {target: "${classification.targets}", start: "${classification.starts}", model: "${models}"}
    cmd: python cell.py ${item.target} ${item.start} ${item.model}
    deps: [cell.py]
    params: [training.target, seeds, "encoders.${item.model}"]
    metrics:
      - reports/cells/classification/${item.target}-${item.start}-${item.model}.json: {cache: false}
"""
CODE = "print('a cell')\n"


def params_of(experiment: int, whole: bool) -> dict[str, Any]:
    """The parameters of an experiment: the dropout of one encoder, or of all, is its own."""
    changed = [model for place, model in enumerate(MODELS) if experiment and (whole or experiment % 3 == place)]
    return {
        "models": list(MODELS),
        "starts": {start: {"task": "classification", "corpus": start} for start in STARTS[1:]},
        "classification": {"targets": list(TARGETS), "starts": list(STARTS)},
        "sentiment": {"targets": [], "starts": []},
        "similarity": {"targets": [], "starts": []},
        "seeds": [1, 2],
        "training": {
            "intermediate": {"epochs": 3, "learning_rate": 0.001, "batch_size": 8, "precision": "fp32"},
            "target": {"epochs": 6, "learning_rate": 0.0005, "batch_size": 8},
        },
        "corpora": {
            target: {"task": "classification", "source": "files", "language": "en", "labels": ["ham", "spam"]}
            for target in TARGETS
        },
        "encoders": {
            model: {"layers": 4, "hidden": 256, "dropout": round(0.1 + experiment * (model in changed) / 1e5, 5)}
            for model in MODELS
        },
        "metrics": {"accuracy": {"higher_is_better": True}, "macro_f1": {"higher_is_better": True}},
    }


def record_of(experiment: int, cell: int) -> dict[str, Any]:
    """A cell's record, as large as a real one (1.8 kB)."""
    value = (experiment * 131 + cell * 17) % 9973 / 9973

    def block(about: float) -> dict[str, Any]:
        return {
            "high": about + 0.0123456789, "low": about - 0.0123456789, "mean": about, "sd": 0.029710368957418014,
            "seeds": {"1": about - 0.0210084033613445, "2": about + 0.0210084033613445},
        }  # fmt: skip

    both = {"accuracy": block(value), "macro_f1": block(value / 2)}
    return {
        **both,
        "checkpoint": hashlib.sha256(f"{experiment}/{cell}".encode()).hexdigest(),
        "collapsed": [],
        "epochs": {"1": 4, "2": 5},
        "floors": {"majority": 0.5042016806722689, "tfidf": 0.8571428571428571},
        "kind": "crosslingual",
        "languages": {"es": both, "fr": both},
        "paper": {"accuracy": {"mean": value, "seeds": {"1": value, "2": value}}, "optimism": 0.0},
        "settings": "b11e4c9a51710082a1772639be894fe1102f8e6b35d7d897ec30e4d90e1b3deb",
        "test": "2eb29ac9f906ef2787049d12bb3f6b5c28e876c4dfa41768911d6afa71775c43",
        "test_rows": 119,
    }


def files_of(experiment: int, whole: bool = False, predicted: bool = False) -> dict[str, bytes]:
    """The files that an experiment holds: params.yaml, dvc.lock and 45 records."""
    params = params_of(experiment, whole)
    records = {}
    for cell, name in enumerate(CELLS):
        measured = experiment if whole or experiment % 3 == cell % 3 else 0
        records[f"reports/cells/classification/{name}.json"] = _content(measured, cell, predicted)
    ids = {
        f"reports/predicted/classification/{name}.json": predicted_of(experiment, cell)
        for cell, name in enumerate(CELLS)
    }
    texts = {"params.yaml": _yaml(params).encode(), "dvc.lock": _lock(params, records).encode()}
    return {**texts, **records, **(ids if predicted else {})}


@lru_cache(maxsize=200)
def _content(experiment: int, cell: int, predicted: bool) -> bytes:
    record = record_of(experiment, cell) | (scores_of(experiment, cell) if predicted else {})
    return json.dumps(record, indent=1).encode()


def _yaml(value: Mapping[str, Any], indent: str = "") -> str:
    lines = []
    for key, inner in value.items():
        if isinstance(inner, Mapping):
            lines.append(f"{indent}{key}:\n{_yaml(inner, indent + '  ')}")
        else:
            lines.append(f"{indent}{key}: {_scalar(inner)}\n")
    return "".join(lines)


def _scalar(value: Any) -> str:
    return json.dumps(value)


def _lock(params: Mapping[str, Any], records: Mapping[str, bytes]) -> str:
    """dvc.lock as DVC writes it."""
    seen = params["training"]["target"]
    encoders = params["encoders"]
    lines = ["schema: '2.0'\nstages:\n"]
    for path, content in sorted(records.items()):
        target, start, model = path.rsplit("/", 1)[1].removesuffix(".json").split("-")
        lines.append(f"  classification@{target}-{start}-{model}:\n    cmd: python cell.py {target} {start} {model}\n")
        lines.append(f"    deps:\n{_entry('cell.py', CODE.encode())}")
        lines.append(f"    params:\n      params.yaml:\n        encoders.{model}:\n")
        lines += [f"          {key}: {_scalar(value)}\n" for key, value in encoders[model].items()]
        lines.append("        seeds:\n        - 1\n        - 2\n        training.target:\n")
        lines += [f"          {key}: {_scalar(value)}\n" for key, value in seen.items()]
        lines.append(f"    outs:\n{_entry(path, content)}")
    return "".join(lines)


def _entry(path: str, content: bytes) -> str:
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return f"    - path: {path}\n      hash: md5\n      md5: {md5}\n      size: {len(content)}\n"


GOLD = [row % 2 for row in range(119)]


def ids_of(experiment: int, cell: int) -> dict[str, list[int]]:
    """Predicted ids of the test rows with two seeds, some of them wrong."""
    return {
        seed: [
            id if (row * 7 + cell + experiment + place) % (7 + experiment) else 1 - id for row, id in enumerate(GOLD)
        ]
        for place, seed in enumerate(("1", "2"))
    }


def scores_of(experiment: int, cell: int) -> dict[str, Any]:
    """The metrics of these ids, means over the seeds."""
    by_seed = ids_of(experiment, cell).values()
    accuracy = [sum(id == gold for id, gold in zip(ids, GOLD, strict=True)) / len(GOLD) for ids in by_seed]
    macro = [sum(_f1(ids, label) for label in (0, 1)) / 2 for ids in by_seed]
    return {"accuracy": {"mean": sum(accuracy) / 2}, "macro_f1": {"mean": sum(macro) / 2}}


def _f1(ids: list[int], label: int) -> float:
    hits = sum(id == gold == label for id, gold in zip(ids, GOLD, strict=True))
    return 2 * hits / (ids.count(label) + GOLD.count(label))


def predicted_of(experiment: int, cell: int) -> bytes:
    """The file of predicted ids."""
    seeds, gold = ids_of(experiment, cell), GOLD
    about = [{"test": "2eb29ac9f906ef2787049d12bb3f6b5c28e876c4dfa41768911d6afa71775c43"}]
    record = {"labels": ["ham", "spam"], "languages": ["es"] * 119, "gold": gold, "predicted": seeds, "about": about}
    return json.dumps(record).encode()


def build(
    root: Path,
    experiments: int,
    branches: int = 0,
    packed: bool = True,
    whole: bool = False,
    predicted: bool = False,
    ordered: bool = True,
) -> Path:
    """A repository at `root`: main, `experiments` experiments on it, `branches` branches of it.

    Args:
        root: A folder that does not exist yet.
        experiments: How many experiments.
        branches: How many branches beside main, each with a commit of its own.
        packed: Whether objects are in one pack, as after `git gc`; else each is a file, as after a run.
        whole: Whether every experiment measures all its cells anew.
        ordered: Whether a pack is put in git's own order, which takes a while; the order of an import is read more slowly.
        predicted: Whether predicted ids stand beside the records, from which intervals are made.
    """
    _git(root.parent, "init", "-q", "-b", "main", str(root))
    _git(root, "config", "gc.auto", "0")
    _git(root, "config", "fastimport.unpackLimit", "0" if packed else str(10**9))
    stream = _stream(experiments, branches, whole, predicted)
    with subprocess.Popen(["git", "fast-import", "--quiet"], cwd=root, stdin=subprocess.PIPE) as process:
        assert process.stdin is not None
        for part in stream:
            process.stdin.write(part)
    if process.returncode:
        raise RuntimeError(f"git fast-import ended with {process.returncode}")
    _name_experiments(root, experiments)
    if packed and ordered:
        # The pack of an import is in an order that git itself would not choose.
        _git(root, "repack", "-adfq")
    _git(root, "reset", "-q", "--hard", "main")
    return root


def _stream(experiments: int, branches: int, whole: bool, predicted: bool) -> Iterator[bytes]:
    first = {
        ".dvc/config": b"[core]\n    analytics = false\n", ".dvcignore": b"", "dvc.yaml": GRAPH.encode(),
        ".dvc/.gitignore": b"/config.local\n/tmp\n/cache\n", "cell.py": CODE.encode(), **files_of(0, False, predicted),
    }  # fmt: skip
    yield from _commit("refs/heads/main", 0, "first", first)
    for number in range(1, experiments + branches + 1):
        is_branch = number > experiments
        name = f"refs/heads/branch-{number}" if is_branch else f"refs/made/exp-{number:05d}"
        yield from _commit(name, number, f"dropout {number}", files_of(number, whole, predicted))


def _commit(ref: str, number: int, message: str, files: Mapping[str, bytes]) -> Iterator[bytes]:
    """The first commit, number 0, is the parent of all others."""
    when = f"{_BEGUN + 60 * number} +0000"
    yield f"commit {ref}\nmark :{number + 1}\nauthor {_WHO} {when}\ncommitter {_WHO} {when}\n".encode()
    yield f"data {len(message)}\n{message}\n".encode()
    if number:
        yield b"from :1\n"
    for path, content in files.items():
        yield f"M 644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n"
    yield b"\n"


def _name_experiments(root: Path, experiments: int) -> None:
    """Give the commits the names that DVC gives to experiments on main."""
    base = _git(root, "rev-parse", "main")
    made = _git(root, "for-each-ref", "--format=%(objectname) %(refname)", "refs/made").splitlines()
    lines = []
    for commit, ref in (line.split() for line in made):
        lines.append(f"create refs/exps/{base[:2]}/{base[2:]}/{ref.rsplit('/', 1)[1]} {commit}\ndelete {ref}\n")
    assert len(lines) == experiments
    _git(root, "update-ref", "--stdin", text="".join(lines))


def _git(folder: Path, *arguments: str, text: str | None = None) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=text, capture_output=True, encoding="utf-8", check=True
    )
    return done.stdout.strip()
