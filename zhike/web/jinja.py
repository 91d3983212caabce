"""The template engine: escaping on, undefined names refused, and the helpers every template may use."""

from __future__ import annotations

from collections.abc import MutableMapping
from functools import cache
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from zhike.kernel.clock import now
from zhike.kernel.words import Words
from zhike.schema.registry import registry
from zhike.web import links
from zhike.web.boards import board_of
from zhike.web.built import asset, icon_svg
from zhike.web.kinds import cells, faces, figures, reach
from zhike.web.prepared import Engine
from zhike.web.wording import found_by, inside


def translate(msgid: str, **params: Any) -> str:
    """``_("{n} records", n=3)`` in a template: translated, then filled in; the result is escaped like any text."""
    return str(Words(msgid, params))


class _Shared(Engine):
    """Templates share the engine's globals as they are. Jinja lays an empty layer over them for each template, and every
    import then looks through both, name by name: a tenth of a page."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of a template: the engine's, unless it was given some of its own."""
        return super().make_globals(d) if d else self.globals


@cache
def engine() -> Environment:
    """The one environment of the process."""
    made = _Shared()
    made.globals.update(
        _=translate,
        asset=asset,
        icon=icon_svg,
        icon_svg=icon_svg,
        cell=cells.cell,
        fact=cells.fact,
        draw=cells.draw,
        when=cells.when,
        width_of=cells.width_of,
        is_right=cells.is_right,
        is_soft=cells.is_soft,
        plain_text=cells.plain_text,
        inside=inside,
        found_by=found_by,
        copied_text=reach.copied_text,
        map_url=reach.map_url,
        hue_of=faces.hue_of,
        initial_of=faces.initial_of,
        shape_of=faces.shape_of,
        money_text=figures.money_text,
        number_text=figures.number_text,
        size_text=figures.size_text,
        list_url=links.list_url,
        board_url=links.board_url,
        board_of=board_of,
        new_url=links.new_url,
        record_url=links.record_url,
        edit_url=links.edit_url,
        action_url=links.action_url,
        bulk_url=links.bulk_url,
        file_url=links.file_url,
        log_url=links.log_url,
        undo_url=links.undo_url,
        with_query=links.with_query,
        spec_of=registry.find,
        now=now,
        Markup=Markup,
    )
    return made
