from __future__ import annotations

import gzip
import re

import pytest

from salience.serve.tag import SOURCE, script, stripped
from tests.serve.site import Site

BUDGET = 6_000


def test_the_tag_is_small_as_it_is_sent(site: Site) -> None:
    with site.client.stream("GET", "/salience.js", headers={"Accept-Encoding": "gzip"}) as answer:
        sent = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert len(sent) < BUDGET
    assert gzip.decompress(sent) == script().plain
    assert site.client.get("/salience.js", headers={"Accept-Encoding": "identity"}).content == script().plain


def test_pages_of_any_origin_may_pin_it_and_keep_it(site: Site) -> None:
    answer = site.client.get("/salience.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["cache-control"] == "public, max-age=3600"
    again = site.client.get("/salience.js", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_source_can_be_read(site: Site) -> None:
    assert site.client.get("/salience.source.js").text == SOURCE.read_text(encoding="utf-8")


def test_only_comments_and_white_space_go() -> None:
    bare = re.sub(r"\s+", "", re.sub(r"/\*.*?\*/", "", SOURCE.read_text(encoding="utf-8"), flags=re.DOTALL))
    assert re.sub(r"\s+", "", stripped(SOURCE.read_text(encoding="utf-8"))) == bare
    assert "/*" not in script().plain.decode()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("const a = b + +c;", "const a=b+ +c;"),
        ("typeof x;\nreturn  y;", "typeof x;return y;"),
        ("f(/a b/g, 'c  d');", "f(/a b/g,'c  d');"),
        ("x = a / b / c; /* why */", "x=a/b/c;"),
        ('s = "a\\"  /* b */";', 's="a\\"  /* b */";'),
        ('r = /[/*]  ["]/;', 'r=/[/*]  ["]/;'),
        ("}\nfunction f() {}", "} function f(){}"),
    ],
)
def test_texts_patterns_and_words_stay_apart(source: str, expected: str) -> None:
    assert stripped(source) == expected


def test_the_script_uses_nothing_that_a_strict_policy_forbids() -> None:
    text = script().plain.decode()
    for word in ("eval(", "Function(", "innerHTML", "document.write", ".style", "cookie", "sessionStorage", "`", "//"):
        assert word not in text.replace("https?:", "")
