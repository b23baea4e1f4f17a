"""Texts that try to do something to the terminal they are shown on."""

_CONTROLS = {f"c0-{code:02x}": f"a{chr(code)}b" for code in range(32) if code not in {9, 10}}
_C1 = {f"c1-{code:02x}": f"a{chr(code)}b" for code in range(0x7F, 0xA0)}
_NAMED = {
    "clear-screen": "a\x1b[2J\x1b[3Jb",
    "home": "a\x1b[1;1Hb",
    "cursor-up": "a\x1b[999Ab",
    "scroll-region": "a\x1b[1;2rb",
    "alternate-screen": "a\x1b[?1049hb",
    "hide-cursor": "a\x1b[?25lb",
    "mouse": "a\x1b[?1003hb",
    "bracketed-paste": "a\x1b[?2004lb",
    "colour": "a\x1b[31;41;5mb",
    "insert-lines": "a\x1b[50Lb",
    "device-status": "a\x1b[6n\x1b[c\x1b[>qb",
    "window": "a\x1b[8;1;1tb",
    "reset": "a\x1bcb",
    "charset": "a\x1b(0\x0eb",
    "keypad": "a\x1b=b",
    "title": "a\x1b]0;owned\x07b",
    "title-st": "a\x1b]2;owned\x1b\\b",
    "link": "a\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\b",
    "clipboard": "a\x1b]52;c;b3duZWQ=\x07b",
    "colour-table": "a\x1b]4;0;rgb:ff/00/00\x07b",
    "iterm-image": "a\x1b]1337;File=inline=1:AAAA\x07b",
    "dcs": "a\x1bPq#0;2;0;0;0#0~~\x1b\\b",
    "apc": "a\x1b_Gf=24;AAAA\x1b\\b",
    "pm": "a\x1b^secret\x1b\\b",
    "sos": "a\x1bXsecret\x1b\\b",
    "c1-csi": "a\x9b2Jb",
    "c1-osc": "a\x9d0;owned\x9cb",
    "unfinished-csi": "a\x1b[12;",
    "unfinished-osc": "a\x1b]0;owned",
    "unfinished-dcs": "a\x1bP1",
    "lone-escape": "a\x1b",
    "bidi-override": "a\u202egnp.exe\u202cb",
    "bidi-isolate": "a\u2066b\u2067c\u2068d\u2069e",
    "zero-width": "a\u200bb\u2060c\ufeffd\u00ade",
    "tags": "a" + "".join(chr(0xE0000 + ord(c)) for c in "hidden") + "b",
    "combining-flood": "a" + "\u0301" * 500 + "b",
    "variation-flood": "a" + "\ufe0f" * 500 + "b",
    "overlong-line": "x" * 4_500,
    "overlong-word-wide": "字" * 1_200,
    "separators": "a\u2028b\u2029c",
    "surrogates": "a\ud800b\udcffc",
    "carriage-return": "good\rbad",
    "backspaces": "good\b\b\b\bbad",
    "form-feed": "a\x0cb\x0bc",
    "noncharacter": "\ufdd0a\ufdd0b",
}
HOSTILE = {**_NAMED, **_CONTROLS, **_C1}

CONTEXT = """<think>{}</think>

before {} after

`{}`

# {}

- one
- {}

| a | {} |
|---|---|
| {} | b |

> {}

[{}](http://x/{}) ![{}]({})

```sh {}
{}
```

```
{}"""
"""Every construct of markdown around it; what never ends is last."""
