"""What a person reads of a page, or of a template: text between tags, and attributes with words."""

import re
from html.parser import HTMLParser

SPOKEN = {
    "aria-label", "title", "placeholder", "alt", "data-says", "data-copied", "data-refused",
    "data-down", "data-up", "data-in-row",
}  # fmt: skip
UNREAD = {"script", "style", "code", "kbd", "pre"}


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.texts, self._unread = [], 0

    def handle_starttag(self, tag, attrs):
        self._unread += tag in UNREAD
        self.texts += [value for name, value in attrs if name in SPOKEN and value]

    def handle_endtag(self, tag):
        self._unread -= tag in UNREAD

    def handle_data(self, data):
        if not self._unread:
            self.texts.append(data)


def read(html):
    """The texts of some HTML, in their order."""
    reader = _Reader()
    reader.feed(html)
    return [text for each in reader.texts if (text := " ".join(each.split()))]


def unmarked(template):
    """What a template says outside of translations and variables."""
    source = re.sub(r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}", "", template, flags=re.S)
    source = re.sub(r"\{% blocktranslate .*?\{% endblocktranslate %\}", "", source, flags=re.S)
    fallbacks = re.findall(r'\|default(?:_if_none)?:"([^"]*)"(?!\|translated)', source)
    passed = re.findall(r'\{% include [^%]*?\b\w+="([A-Z][^"]*)"', source)
    source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.S)
    return [each for each in (*read(source), *fallbacks, *passed) if re.search(r"[^\W\d_]", each)]
