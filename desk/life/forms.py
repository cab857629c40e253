"""The forms that come with a release, and whether a desk may ask by them."""

from __future__ import annotations

from functools import cache

from desk.config import LifeTable
from desk.life.people import LifeError, LifeInputError
from edge.config import read
from edge.life.form import Form, form_of
from edge.locale.refusing import given, listed, worded
from edge.resources import resource
from edge.settings import parse_toml

FOLDER = "config/forms"


@cache
def every() -> tuple[Form, ...]:
    """Every form, the newest version first; raises ConfigError naming file, key and mend."""
    paths = sorted(resource(FOLDER).glob("*.toml"))
    forms = [form_of(parse_toml(read(path), str(path)), str(path)) for path in paths]
    return tuple(sorted(forms, key=lambda form: -form.version))


def known(id_: str) -> Form:
    """The form of this name, for what was asked by it earlier; raises LifeInputError."""
    found = next((form for form in every() if form.id == id_), None)
    if found is None:
        names = listed(form.id for form in every())
        raise worded(LifeInputError, "no_life_form", name=given(id_), there=names)
    return found


def in_use(settings: LifeTable, id_: str | None) -> Form:
    """The form to ask by now; raises LifeError while its owner's terms are not agreed on."""
    form = known(id_ or settings.form)
    if is_off(settings, form):
        raise worded(LifeError, "form_off", form=form.id)
    return form


def is_off(settings: LifeTable, form: Form) -> bool:
    return form.needs_terms and not settings.terms.strip()
