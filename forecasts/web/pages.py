"""The pages about accounts as HTML: whatever is filled in is escaped, in one place."""

from __future__ import annotations

from html import escape
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from forecasts.web.style import STYLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from forecasts.web.forms import Sent


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


NOTHING = Html()

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>$title · Forecasts</title>
<style>
$style</style>
</head>
<body>
<header><a href="/">Forecasts</a></header>
<main>
<h1>$title</h1>
$body
</main>
</body>
</html>
"""
FORM = """\
<form method="post" action="$action">
$hidden$fields<button type="submit">$button</button>
</form>
"""
FIELD = """\
<label for="$name">$label</label>
$hint<input id="$name" name="$name" type="$kind" value="$value" autocomplete="$autocomplete"\
 autocapitalize="none" spellcheck="false" required$more>
"""


def fill(template: str, **values: str) -> Html:
    """The template with its values put in, each escaped unless it is HTML already.

    >>> fill("<b>$name</b>", name="<script>")
    '<b>&lt;script&gt;</b>'
    """
    safe = {name: _safe(value) for name, value in values.items()}
    return Html(Template(template).substitute(safe))


def page(title: str, *parts: Html) -> Html:
    """A whole page under its heading."""
    return fill(PAGE, title=title, style=Html(STYLE), body=Html("".join(parts)))


def refusal_page(sentence: str) -> Html:
    """A page that says why there is nothing else to see, and leads on."""
    links = '<p class="on"><a href="/">Questions</a> · <a href="/sign-in">Sign in</a></p>'
    return page("Not possible", alert(sentence), Html(links))


def alert(sentence: str) -> Html:
    """What went wrong, as something that screen readers say at once."""
    return fill('<p role="alert">$sentence</p>\n', sentence=sentence)


def paragraph(text: str) -> Html:
    """A plain paragraph."""
    return fill("<p>$text</p>\n", text=text)


def link(address: str, label: str, *, before: str = "") -> Html:
    """A line that leads elsewhere."""
    template = '<p class="on">$before<a href="$address">$label</a></p>\n'
    return fill(template, before=before, address=address, label=label)


def form(action: str, button: str, *fields: Html, hidden: Mapping[str, str]) -> Html:
    """A form to send; `hidden` fields without a value are left out."""
    kept = "".join(
        fill('<input type="hidden" name="$name" value="$value">\n', name=name, value=value)
        for name, value in hidden.items()
        if value
    )
    fields_ = Html("".join(fields))
    return fill(FORM, action=action, button=button, hidden=Html(kept), fields=fields_)


def name_field(value: str, hint: str = "") -> Html:
    """Where to write a name; it has the focus until there is one."""
    more = _more("name", hint, focus=not value)
    return fill(
        FIELD,
        name="name",
        label="Name",
        kind="text",
        value=value,
        autocomplete="username",
        hint=_hint("name", hint),
        more=more,
    )


def fixed_name_field(value: str) -> Html:
    """A name to read, for the person and for password managers."""
    return fill(
        FIELD,
        name="name",
        label="Name",
        kind="text",
        value=value,
        autocomplete="username",
        hint=NOTHING,
        more=Html(" readonly"),
    )


def password_field(
    autocomplete: str, hint: str = "", *, focus: bool, label: str = "Password"
) -> Html:
    """Where to write a password, which no page ever shows again."""
    return fill(
        FIELD,
        name="password",
        label=label,
        kind="password",
        value="",
        autocomplete=autocomplete,
        hint=_hint("password", hint),
        more=_more("password", hint, focus=focus),
    )


def code_field() -> Html:
    """Where to write the code of an invitation that did not come as a link."""
    hint = "the last part of the link that an admin gives you, after “code=”"
    return fill(
        FIELD,
        name="code",
        label="Invitation",
        kind="text",
        value="",
        autocomplete="off",
        hint=_hint("code", hint),
        more=_more("code", hint, focus=False),
    )


def kept_link(path: str, sent: Sent) -> str:
    """The address of another form that is to know what this one was told."""
    kept = {"next": sent.next, "question": sent.question, "p": sent.p}
    query = urlencode({name: value for name, value in kept.items() if value not in {"", "/"}})
    return f"{path}?{query}" if query else path


def _safe(value: str) -> str:
    return value if isinstance(value, Html) else escape(value)


def _hint(name: str, text: str) -> Html:
    template = '<span class="hint" id="$name-hint">$text</span>\n'
    return fill(template, name=name, text=text) if text else NOTHING


def _more(name: str, hint: str, *, focus: bool) -> Html:
    described = f' aria-describedby="{name}-hint"' if hint else ""
    return Html(described + (" autofocus" if focus else ""))
