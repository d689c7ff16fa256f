"""Known machines among the visitors. Their events are kept, marked ``context["bot"] = true``, and left out later.

Names are those that crawlers, monitors and HTTP libraries give themselves; who hides is for other means to find.
"""

from __future__ import annotations

import re
from functools import lru_cache

_BOT = re.compile(
    r"(?<!cu)bot\b|bot[/;_-]|crawl|spider|slurp|archiver|scrapy|headless|phantomjs|puppeteer|playwright|selenium|webdriver"
    r"|lighthouse|pagespeed|pingdom|uptime|statuscake|facebookexternalhit|embedly|whatsapp/"
    r"|^(?:curl|wget|python|java|go-http|okhttp|axios|node-fetch|libwww|httpclient|apache-httpclient|ruby|php)\b"
    r"|python-requests|aiohttp|httpx/|mediapartners|feedfetcher|google-(?:read|inspect|extended)|bingpreview|yandex\.com/bots",
    re.IGNORECASE,
)


@lru_cache(maxsize=8192)  # visitors share few user agents, and the pattern is long
def is_bot(user_agent: str) -> bool:
    """Whether a user agent names itself a machine.

    >>> is_bot("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"), is_bot("curl/8.5.0")
    (True, True)
    >>> is_bot("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0")
    False
    """
    return _BOT.search(user_agent) is not None
