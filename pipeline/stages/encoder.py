"""encoder@<model>: the pretrained encoder of a model as a Hugging Face folder, built, fetched or copied."""

import importlib.util
from pathlib import Path

from pipeline.checkout import main_checkout
from pipeline.errors import InputError
from pipeline.pretrained import BuiltEncoder, build, copy_local, fetch
from pipeline.stages.command import run
from pipeline.study import Local, Study

VOCABULARY = Path("data/vocabulary.txt")


def main(study: Study, model: str) -> None:
    """Write checkpoints/pretrained/<model>."""
    encoder = study.encoder(model)
    folder = Path("checkpoints/pretrained") / model
    if encoder.build is not None:
        local = encoder.build.tokenizer
        tokenizer = _local_folder(f"encoders.{model}.build.tokenizer", local) if local is not None else None
        sizes = encoder.build.model_dump(exclude={"tokenizer"})
        build(folder, BuiltEncoder(encoder.architecture, **sizes, vocabulary=VOCABULARY, tokenizer=tokenizer))
    elif encoder.hub is not None:
        fetch(folder, encoder.hub.id, encoder.hub.revision, encoder.architecture, f"encoders.{model}.hub")
    elif encoder.local is not None:
        copy_local(folder, _local_folder(f"encoders.{model}.local", encoder.local), encoder.architecture)


def _local_folder(place: str, local: Local) -> Path:
    if local.package is None:
        return main_checkout() / Path(local.folder).expanduser()
    package = importlib.util.find_spec(local.package)
    if package is None or not package.submodule_search_locations:
        raise InputError(f"{place}.package is '{local.package}', which is not installed here; pip install it.")
    return Path(package.submodule_search_locations[0]) / local.folder


if __name__ == "__main__":
    run(main, "model")
