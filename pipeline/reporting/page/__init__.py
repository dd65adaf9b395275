"""The report as one page: read what there is, say it in sections, draw it as HTML and as Markdown.

`inputs` reads, `sections` turn what was read into `blocks`, `html` and `markdown` write them. Everything is a pure function of the
files that the stage `page` depends on. Text from outside is data: `html` escapes it, `markdown` takes its meaning from it.
"""
