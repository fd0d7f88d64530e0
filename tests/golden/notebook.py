"""Writes notebook.ipynb: one output of each kind, by nbformat, Jupyter's own reader and writer.

Debian's python3-nbformat 5.5.0: /usr/bin/python3 tests/golden/notebook.py
"""

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell

outputs = [
    new_output("stream", name="stdout", text="first line\nsecond, with ü and 🦋\n"),
    new_output("stream", name="stderr", text="without an end"),
    new_output(
        "display_data",
        data={"text/plain": "figure", "image/png": "iVBORw0KGgo=", "application/json": {"b": [1], "a": "x"}},
        metadata={"image/png": {"width": 2, "height": 1}},
    ),
    new_output("execute_result", execution_count=3, data={"text/html": "<p>\n</p>"}),
    new_output("error", ename="TypeError", evalue="bad", traceback=["TypeError: bad", "    at 1:1"]),
]
notebook = new_notebook(
    metadata={
        "kernelspec": {"display_name": "Deno", "language": "typescript", "name": "deno"},
        "language_info": {"name": "typescript"},
    },
    cells=[
        new_markdown_cell("# Title\n\nText\n", id="title"),
        new_code_cell("const a = 1;\na;", id="code", execution_count=3, outputs=outputs),
        new_code_cell("", id="empty"),
        new_raw_cell("raw", id="raw"),
    ],
)
nbformat.validate(notebook)
nbformat.write(notebook, Path(__file__).with_suffix(".ipynb"))
