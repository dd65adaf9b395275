"""`detour runs`: what it says of runs that have no results yet."""

import csv
import io

from tests.tui.app.runs import a_planning_run, a_run, folder_of
from tests.tui.commands.typed import typed
from tests.tui.history.repository import Repository
from tui.commands.runs import runs
from tui.runs.story import read_story
from tui.runs.telling import ending

run = typed(runs)


def test_a_run_that_plans_is_not_one_without_stages(repository: Repository) -> None:
    repository.commit({"params.yaml": "{}", ".dvc/config": ""})
    a_run(repository.root, 1)
    log = a_planning_run(repository.root, 2)
    planning, planned = (line.split() for line in run().stdout.splitlines()[:2])
    assert (planning[0], planning[2]) == ("running", "planning")
    assert planned[2] == "0/2"
    rows = csv.DictReader(io.StringIO(run("--csv").stdout))
    assert [(row["finished"], row["stages"]) for row in rows] == [("", ""), ("0", "2")]
    log.write("ended", outcome="stopped", experiment="", commit="")
    assert run().stdout.splitlines()[0].split()[::2][:2] == ["stopped", "-"]
    story = read_story(folder_of(repository.root, 2))
    assert list(ending(story)) == [f"Stopped: its stages are not planned yet; detour resume {story.id} goes on."]
