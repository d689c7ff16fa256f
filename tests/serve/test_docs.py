from __future__ import annotations

from html.parser import HTMLParser

from salience.serve.app import VERBS
from tests.serve.site import Site


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.add(value or "")
            elif name in ("href", "src"):
                self.links.append(value or "")
            elif name == "style" or name.startswith("on"):
                self.inline.append(name)


def test_the_page_names_every_route_and_needs_nothing_from_elsewhere(site: Site) -> None:
    answer = site.client.get("/docs")
    seen = Seen()
    seen.feed(answer.text)
    assert {verb.name for verb in VERBS} <= seen.ids
    assert all(verb.path in answer.text for verb in VERBS)
    assert not {"script", "style"} & seen.tags
    assert not seen.inline
    assert all(link.startswith(("/", "#", "data:")) for link in seen.links)
    assert {link[1:] for link in seen.links if link.startswith("#")} <= seen.ids
    assert site.client.get("/docs/style.css").headers["content-type"].startswith("text/css")
