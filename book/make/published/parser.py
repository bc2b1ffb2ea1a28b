"""MyST's parser, made to say where in the text each inline piece stands."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import yaml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

ROOT = Path(__file__).resolve().parents[3]
# The inline rule of the parser, and the token that it makes.
SPANS = {
    "myst_role": "myst_role",
    "link": "link_open",
    "image": "image",
    "footnote_ref": "footnote_ref",
    "substitution_inline": "substitution_inline",
}


def remember_span(rule, kind: str):
    """Wrap an inline rule, so that its token says from where to where it reaches: ``meta["span"]``.

    A link also says where its text ends: ``meta["text_end"]``.
    """

    def wrapped(state: StateInline, silent: bool) -> bool:
        start, before = state.pos, len(state.tokens)
        done = rule(state, silent)
        if done and not silent:
            token = next(t for t in state.tokens[before:] if t.type == kind)
            token.meta = {**token.meta, "span": (start, state.pos)}
            if kind == "link_open":
                token.meta["text_end"] = state.md.helpers.parseLinkLabel(state, start, True)
        return done

    return wrapped


@lru_cache(maxsize=1)
def parser() -> MarkdownIt:
    """Return the parser with the extensions that _config.yml gives the book."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    extensions = set(config["parse"]["myst_enable_extensions"])
    md = create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML)
    for rule in md.inline.ruler.__rules__:
        if rule.name in SPANS:
            md.inline.ruler.at(rule.name, remember_span(rule.fn, SPANS[rule.name]), {"alt": rule.alt})
    return md
