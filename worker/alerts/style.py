"""The colours of mails, in light and in dark; every pair can be read (WCAG 2.2, AA)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tone:
    """Colours in light and in dark: of text (and of lines), and of what lies behind it."""

    ink: str = ""
    dark_ink: str = ""
    ground: str = ""
    dark_ground: str = ""


#: By the name of their class, which is short: every element repeats it, and Gmail cuts long mails.
TONES: dict[str, Tone] = {
    "pg": Tone("#1b1f24", "#e6e8eb", "#f1f3f5", "#101215"),  # around the card
    "cd": Tone("#1b1f24", "#e6e8eb", "#ffffff", "#1b1e23"),  # the card
    "sf": Tone("#57606a", "#a3acb8"),  # what matters less
    "lk": Tone("#0b57d0", "#8ab8ff"),  # links
    "hd": Tone("#1b1f24", "#f2f4f7"),  # headlines that are links
    "mk": Tone("#1a1a1a", "#1a1a1a", "#ffe28a", "#f2cc60"),  # evidence
    "bx": Tone("#1b1f24", "#e6e8eb", "#f5f7f9", "#252930"),  # a box in the card
    "bt": Tone("#ffffff", "#0f1e33", "#0b57d0", "#8ab8ff"),  # a button
    "ts": Tone("#4d3800", "#ffe3a3", "#fff3cd", "#453500"),  # "this is a test"
    "ln": Tone("#dde2e7", "#363c45"),  # lines
    "qt": Tone("#e0a800", "#f2cc60"),  # the line beside a quotation
    # what kind of message it is
    "al": Tone("#b3261e", "#ff9c93", "#b3261e", "#ff9c93"),
    "up": Tone("#0b57d0", "#8ab8ff", "#0b57d0", "#8ab8ff"),
    "dg": Tone("#5b2aa0", "#cbb2ff", "#5b2aa0", "#cbb2ff"),
    "ok": Tone("#146c2e", "#86d79b", "#146c2e", "#86d79b"),
    "fe": Tone("#8a4b00", "#ffbd70", "#8a4b00", "#ffbd70"),
    # chips
    "cp": Tone("#174ea6", "#b7d2ff", "#e8f0fe", "#1f3353"),  # people
    "co": Tone("#5b2aa0", "#d9c7ff", "#f1eafd", "#372a55"),  # organizations
    "cc": Tone("#0d652d", "#a5e0b5", "#e6f4ea", "#1a3a27"),  # countries
    "ct": Tone("#7a4100", "#f7cf96", "#fdf0df", "#453119"),  # topics
    "cg": Tone("#3d4650", "#cdd4dc", "#e9edf1", "#323842"),  # anything else
    # bars
    "b1": Tone(ground="#4f74a8", dark_ground="#7ea6dd"),  # a count
    "b2": Tone(ground="#c62828", dark_ground="#ff7f76"),  # beyond what is normal
    "b3": Tone(ground="#dbe3ec", dark_ground="#353f4d"),  # up to what is normal
}

_LINES = {"ln": "border-color", "qt": "border-color"}
#: Of these the ink is for words and the ground for bars, never one upon the other.
KINDS = frozenset({"al", "up", "dg", "ok", "fe"})


def tone(name: str, css: str = "") -> str:
    """The attributes of an element with these colours, and more declarations: ``class`` and ``style``.

    Colours stand in it, for mail readers that leave style sheets out; dark ones by its class.
    """
    declared = ";".join(filter(None, [_colours(name, dark=False), css]))
    return f'class="{name}" style="{declared}"'


def bar(name: str, css: str) -> str:
    """The same of a coloured box without words."""
    return f'class="{name}-b" style="background:{TONES[name].ground};{css}"'


def light_sheet() -> str:
    """The style sheet of a page whose elements name their colours by class alone."""
    return "".join(f".{name}{{{_colours(name, dark=False)}}}" for name in TONES)


def dark_sheet() -> str:
    """The style sheet for readers that ask for dark colours."""
    rules = [f".{name}{{{_colours(name, dark=True)}}}" for name in TONES]
    rules += [
        f".{name}-b{{background:{one.dark_ground}!important}}"
        for name, one in TONES.items()
        if one.dark_ground
    ]
    return f"@media (prefers-color-scheme:dark){{{''.join(rules)}}}"


def _colours(name: str, *, dark: bool) -> str:
    one, end = TONES[name], "!important" if dark else ""
    ink, ground = (one.dark_ink, one.dark_ground) if dark else (one.ink, one.ground)
    if name in KINDS:
        ground = ""
    return ";".join(
        f"{what}:{colour}{end}"
        for what, colour in ((_LINES.get(name, "color"), ink), ("background", ground))
        if colour
    )
