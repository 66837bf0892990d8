"""Parses sources for tests that look at code, and is not interrupted by the search for garbage meanwhile.

What is collected may write a traceback, which parses a line of its own; Python 3.11 takes two parsings at a time for a
fault of its own ("AST constructor recursion depth mismatch").
"""

import ast
import gc


def parsed(source: str) -> ast.Module:
    """The tree of a source."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        if collects:
            gc.enable()
