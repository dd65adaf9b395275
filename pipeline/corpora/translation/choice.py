"""The engine that a study asks for."""

from functools import partial

from pipeline.corpora.translation.engines import Engine
from pipeline.corpora.translation.limits import Limits
from pipeline.corpora.translation.marian import Marian
from pipeline.corpora.translation.services import GOOGLE, LIBRE, Google, Libre, Service
from pipeline.corpora.translation.threads import Threaded
from pipeline.study import Translation


def engine_of(settings: Translation) -> Engine | None:
    """The engine of a study's `translation` block; None where the memory alone is asked."""
    if settings.engine == "memory":
        return None
    if settings.engine == "marian":
        return Marian(settings.models, settings.batch)
    service: Service
    if settings.engine == "google":
        service = Google(settings.address or GOOGLE, settings.timeout, settings.characters)
    else:
        service = Libre(settings.address or LIBRE, settings.timeout, settings.characters)
    return Threaded(service, partial(Limits, settings.rate, settings.tries, settings.wait), settings.threads)
