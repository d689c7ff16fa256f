"""Known machines among the visitors. Their events are kept, marked ``context["bot"] = true``, and left out later.

Names are those that crawlers, monitors and HTTP libraries give themselves; who hides is for other means to find.
"""

from __future__ import annotations

import re
from functools import lru_cache

_CRAWLER = re.compile(
    r"(?<!cu)bot\b|bot[/;_-]|crawl|spider|slurp|archiver|scrapy|headless|phantomjs|slimerjs|puppeteer|playwright"
    r"|selenium|webdriver|cypress|nightmare|zombie\.js|htmlunit|rendertron|prerender|electron/.*headless"
    r"|lighthouse|pagespeed|gtmetrix|ptst/|pingdom|uptime|statuscake|site24x7|newrelicpinger|datadog|nagios|zabbix|monitis"
    r"|facebookexternalhit|facebookcatalog|meta-external|embedly|whatsapp/|skypeuripreview|vkshare|tumblr/|flipboard"
    r"|mediapartners|feedfetcher|feedly|google-(?:read|inspect|extended|safety|site-ver|adwords)|googleother|apis-google"
    r"|adsbot|storebot|duplexweb|bingpreview|msnbot|yandex(?:bot|images|metrika|direct)|yandex\.com/bots|baiduspider"
    r"|360spider|haosou|sogou|bytespider|petalbot|yisou|toutiao|coccoc|naver|yeti/|daum|mail\.ru_bot|seznam|qwant"
    r"|gptbot|chatgpt-user|oai-search|claude(?:bot|-web|-user)|anthropic|perplexity|cohere-ai|diffbot|ccbot|amazonbot"
    r"|ahrefs|semrush|mj12|dotbot|rogerbot|screaming frog|serpstat|barkrowler|megaindex|dataforseo|blexbot|seokicks"
    r"|ia_archiver|heritrix|nutch|httrack|webcopier|sitesucker|offline explorer|validator|w3c_|linkcheck|netcraft"
    r"|nmap|nikto|sqlmap|masscan|zgrab|nuclei|censys|shodan|expanse|internet-measurement|wpscan|dirbuster|gobuster",
    re.IGNORECASE,
)
"""Crawlers, previews, monitors, scanners and driven browsers, by the names that they document."""

_LIBRARY = re.compile(
    r"^(?:curl|wget|python|java|go-http|okhttp|axios|node-fetch|node|undici|got|libwww|lwp|httpclient|apache-httpclient"
    r"|ruby|faraday|php|guzzle|perl|dart|reqwest|hyper|rest-?client|postman|insomnia|httpie|http_request|winhttp|urlgrabber"
    r"|aiohttp|httpx|mechanize|typhoeus|powershell)\b"
    r"|python-requests|python-urllib|python-httpx|aiohttp|httpx/|windowspowershell|jakarta|unirest",
    re.IGNORECASE,
)
"""HTTP libraries. Said of a visitor they mean a script; as the sender of a request they are how servers talk."""


@lru_cache(maxsize=8192)  # visitors share few user agents, and the patterns are long
def is_bot(user_agent: str) -> bool:
    """Whether a visitor's user agent names itself a machine.

    >>> is_bot("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"), is_bot("curl/8.5.0")
    (True, True)
    >>> is_bot("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0")
    False
    """
    return is_crawler(user_agent) or _LIBRARY.search(user_agent) is not None


@lru_cache(maxsize=8192)
def is_crawler(user_agent: str) -> bool:
    """Whether the sender of a request says that it crawls, checks or drives a browser; a mere HTTP library does not.

    >>> is_crawler("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/126.0 Safari/537.36"), is_crawler("curl/8.5.0")
    (True, False)
    """
    return len(user_agent) <= 4096 and _CRAWLER.search(user_agent) is not None
