"""What the engine and its charts say: in English, or as whoever shows it has it translated."""

from collections.abc import Callable

_AS_IT_IS: Callable[[str], str] = str
_ENGLISH = (".", ",")
_translate = _AS_IT_IS
_separators: Callable[[], tuple[str, str]] = lambda: _ENGLISH  # noqa: E731


def speak(translate: Callable[[str], str], separators: Callable[[], tuple[str, str]]) -> None:
    """Say everything through `translate`, and numbers with these marks for decimals, thousands."""
    global _translate, _separators
    _translate, _separators = translate, separators


def say(english: str, **values: object) -> str:
    """A text with these values in it, each by its name in braces."""
    said = _translate(english) if english else ""
    return said.format(**values) if values else said


def mark(english: str) -> str:
    """A text that is said later, and to be translated."""
    return english


def write(value: float, written: str) -> str:
    """A number with the separators of the language, as a format specification such as ",.1f"."""
    text = format(value, written)
    decimal, thousand = _separators()
    return text.translate({ord("."): decimal, ord(","): thousand})
