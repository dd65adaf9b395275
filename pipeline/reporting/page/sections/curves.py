"""The learning curves: the paper's Figure 1 for this study."""

from pipeline.reporting.page.blocks import Block, Figure, Paragraph, Section
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.page.keys import model_key
from pipeline.reporting.page.learning_drawing import learning_drawing
from pipeline.reporting.panels import panels


def curves(inputs: Inputs) -> Section:
    """A panel for each target."""
    found = panels(inputs.cells, inputs.curves, inputs.kinds)
    title = "Learning curves"
    if not any(panel.lines for panel in found):
        told = "No learning curve is there: no cell has both its record and its reports/curves file."
        return Section("curves", title, (Paragraph(told, "missing"),), "Curves")
    told = (
        "Accuracy on all test rows by epoch of fine-tuning, mean over seeds; bands are their range below 3 seeds and one "
        "standard deviation from 3 on. Signs stand at the epochs that dev selected. The paper chooses its epochs on these "
        "curves, that is, on the test set."
    )
    shown = [line.model for panel in found for line in panel.lines]
    drawings = tuple(learning_drawing(panel, inputs.models, place) for place, panel in enumerate(found))
    key = model_key(shown, inputs.models, forms=True, lines="floors: majority label, TF-IDF")
    blocks: tuple[Block, ...] = (Paragraph(told), Figure("Test accuracy by epoch", drawings, key))
    return Section("curves", title, blocks, "Curves")
