"""Text that came from users' code, made storable: nothing that they print or name may stop a batch."""

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str, at_most: int) -> str:
    """The text without what no database stores, cut after `at_most` characters with a word about it."""
    if len(text) > at_most:
        text = f"{text[:at_most]}… [{len(text) - at_most} more characters were cut off]"
    if "\0" in text:
        text = text.replace("\0", _REPLACEMENT)
    if not text.isascii():
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text
