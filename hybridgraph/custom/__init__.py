"""Blocks of a person's own: Python files in a folder, run only in the engine after the person agreed to their content.

`folder` lists the files and `reading` takes them apart as text; neither runs anything, and neither needs torch.
`agreements` keeps to which contents a person agreed, `loading` runs agreed files, `uses` says what a design uses.
"""
