"""From the book's sources to notebooks for Colab and plain Jupyter.

``markdown`` finds MyST's syntax with MyST's own parser and says where it stands; ``roles``,
``directives`` and ``blocks`` say what takes its place; ``notebook`` puts a whole notebook together.
What none of them knows is an error that names the file and the cell: nothing is let through raw.
"""
