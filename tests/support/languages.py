"""Words of many scripts: wide ones, from right to left, and characters that are made of several."""

WORDS = {
    "Chinese": "你好，世界",
    "Japanese": "日本語テスト",
    "Korean": "안녕하세요",
    "Hangul Jamo": "\u1112\u1161\u11ab\u1100\u1173\u11af",
    "Arabic": "مرحبا بالعالم",
    "Hebrew": "שלום עולם",
    "Persian": "می\u200cخواهم",
    "Thai": "สวัสดีชาวโลก",
    "Hindi": "नमस्ते",
    "combining marks": "e\u0301a\u0308o\u0302",
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea",
}
"""Each as it is typed; none holds a mark of direction, which a terminal is not shown."""

ALL = " ".join(WORDS.values())
