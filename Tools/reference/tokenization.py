"""Reference ids for the tokenizers of Language, made by the `tokenizers` package.

    python3 Tools/reference/tokenization.py            # the fixture of the tests
    python3 Tools/reference/tokenization.py FOLDER     # 100,000 texts, for `make oracle-tokenizers`

Needs `tokenizers` (0.23.3 made what is there) and `sentencepiece`; the large form also needs
`make data-sentences` and `make data-graphs`. The fixture holds small tokenizers of every kind that is
read, trained on a few sentences, and odd texts with their ids. The large form adds real tokenizers,
takes texts from WordNet and makes others at random, and says how fast the package is.
"""

from __future__ import annotations

import io
import json
import pathlib
import random
import re
import struct
import sys
import time

import sentencepiece
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers import AddedToken, Regex

CHECKOUT = pathlib.Path(__file__).parents[2]
FIXTURE = CHECKOUT / "Tests/LanguageTests/Fixtures/tokenizers.json"

SENTENCES = """
Knowledge distillation moves what a cumbersome model knows into a small one.
A teacher is observed, its student is compared with it, and a certificate says how well.
She didn't say it's theirs; they'll find they've lost, and I'm sure we're late: he'd know.
Zürich, Málaga, Łódź and São Paulo are cities; naïve façades déjà vu.
In 1995, 117,659 synsets; 3.14159 and 2,718 are numbers, 42 is another.
the distilling of distilled distillates, distillers and distilleries
Die Prüfung der Übersetzung war schwierig. Привет, мир! 你好，世界。
""".strip().split("\n")

ODD = [
    "",
    " ",
    "   \t\n  ",
    "Hello, world!",
    "  leading and trailing  ",
    "several   spaces    inside",
    "don't can't it's I'M THEY'LL 's 't''s",
    "naïve façade — “quotes” … ½ ² ﬁ",
    "e\u0301 é \u0041\u030a Å \u212b",
    "a\u0300\u0316\u0327b \u1e9b\u0323 q\u0307\u0323",
    "👩‍👩‍👧‍👦 👍🏽 🇨🇭 ☺️ 😀😀",
    "مرحبا بالعالم ٱلسَّلَامُ \u200fعربي",
    "שָׁלוֹם עולם",
    "नमस्ते दुनिया क्षि",
    "你好，世界。漢字かな交じり文カタカナ한국어 각",
    "ก็กลับบ้าน ไทย",
    "İstanbul ıslak ǅ ß ẞ Σίσυφος ΣΑΣ",
    "control \u0000\u0001\u0007\u001f\u007f\u0085\u009f end",
    "zero\u200bwidth\u200djoin\ufeffbom\u00adshy\u2060",
    "nbsp\u00a0thin\u2009line\u2028para\u2029ideo\u3000end",
    "tab\tnewline\nreturn\r\nvertical\x0bform\x0c",
    "x" * 150,
    "ab" * 60 + " short",
    "distillation" * 12,
    "[CLS] inside [SEP] and[MASK]glued [PAD][UNK]",
    "<s> </s> <unk> <pad> <mask> <|endoftext|>",
    "##hash #tag ## @user http://a.b/c?d=e&f=1",
    "1234567890 ٣٤٥ ²³ ⅷ Ⅷ ①",
    "snake_case camelCase kebab-case a.b.c $5.00 100%",
    "\U000e0041\U0010ffff\ue000\ufffd",
    "\u0378 \u1abf \u1dff \u1e00 \U0001fae8 \U0001e4d0",
    "ﷺ ㍿ ｆｕｌｌｗｉｄｔｈ ａ ﾊﾝｶｸ",
    "a'b 'c d' ''",
    " \u00a0 x",
    "end with spaces   ",
    "\n\n\nlines\n\n",
    "▁ mark ▁▁ x▁y",
    "Ġ Ċ letters of bytes",
    "<0x0A> <0xFF>",
    "𝒜𝓁𝓅𝒽𝒶 𝟙𝟚 𠀀𪜀𫝀",
    "ᄀ\u1161\u11a8 \uac00\u11a8",
    "a\u0338=\u0338 \u0344 \u0958",
    "TOKEN token Token added_word addedword ADDED_WORD",
    "\r\n",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
]


def word_piece(lowercase: bool, size: int, text: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=lowercase)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(
        text, trainers.WordPieceTrainer(vocab_size=size, special_tokens=special)
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, tokenizer.token_to_id(name)) for name in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def byte_pairs(roberta: bool, size: int, text: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=roberta)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<|endoftext|>"]
    tokenizer.train_from_iterator(
        text,
        trainers.BpeTrainer(
            vocab_size=size,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        ),
    )
    if roberta:
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
        tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True, special=True)])
        tokenizer.add_tokens(
            [
                AddedToken("added_word", single_word=True, normalized=False),
                AddedToken("Token", rstrip=True, normalized=True),
            ]
        )
    return tokenizer


def characters(size: int, text: list[str]) -> Tokenizer:
    """Byte pairs on characters, without a token for each byte."""
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFC(), normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    tokenizer.train_from_iterator(
        [line.replace(" ", "▁") for line in text],
        trainers.BpeTrainer(vocab_size=size, special_tokens=["<unk>", "<s>"]),
    )
    return tokenizer


def unigram(size: int, text: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.NFKD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
            normalizers.Strip(),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.WhitespaceSplit(),
            pre_tokenizers.Metaspace(prepend_scheme="always"),
        ]
    )
    tokenizer.train_from_iterator(
        text,
        trainers.UnigramTrainer(vocab_size=size, special_tokens=["<unk>"], unk_token="<unk>"),
    )
    return tokenizer


def sentence_piece(size: int, text: list[str], rules: str, byte_fallback: bool) -> Tokenizer:
    """Unigram as SentencePiece trains it, with its table of characters."""
    model = io.BytesIO()
    rule = {"normalization_rule_tsv": rules} if "/" in rules else {"normalization_rule_name": rules}
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(text),
        model_writer=model,
        vocab_size=size,
        hard_vocab_limit=False,
        byte_fallback=byte_fallback,
        minloglevel=2,
        **rule,
    )
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    count = processor.get_piece_size()
    pieces = [(processor.id_to_piece(index), processor.get_score(index)) for index in range(count)]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=byte_fallback))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Precompiled(charsmap(model.getvalue())),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>", pair="$A </s> $B </s>", special_tokens=[("</s>", 2)]
    )
    tokenizer.add_special_tokens(["<s>", "</s>", "<unk>"])
    return tokenizer


def charsmap(model: bytes) -> bytes:
    """Of a model's protocol buffer: field 2 of the normalizer's settings, field 3."""

    def fields(data: bytes):
        place = 0

        def varint() -> int:
            nonlocal place
            value = shift = 0
            while True:
                byte = data[place]
                place += 1
                value |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    return value

        while place < len(data):
            key = varint()
            kind = key & 7
            if kind == 2:
                size = varint()
                yield key >> 3, data[place : place + size]
                place += size
            elif kind == 0:
                yield key >> 3, varint()
            else:
                size = 8 if kind == 1 else 4
                yield key >> 3, data[place : place + size]
                place += size

    settings = next(value for number, value in fields(model) if number == 3)
    return next(value for number, value in fields(settings) if number == 2)


def bare(tokenizer: Tokenizer) -> Tokenizer:
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def fixture() -> None:
    rules = pathlib.Path("/tmp/rules-of-characters.tsv")
    rules.write_text(
        "".join(
            f"{' '.join(f'{ord(c):X}' for c in old)}\t{' '.join(f'{ord(c):X}' for c in new)}\n"
            for old, new in [
                ("ﬁ", "fi"), ("½", "1/2"), ("\u00a0", " "), ("e\u0301", "é"), ("Å", "A"),
                ("\u3000", " "), ("①", "1"), ("\u200b", ""), ("ﷺ", "abc"), ("\r\n", " "),
            ]
        )
    )
    made = {
        "wordPiece": word_piece(True, 300, SENTENCES),
        "casedWordPiece": word_piece(False, 260, SENTENCES),
        "bytePairs": byte_pairs(False, 420, SENTENCES),
        "bytePairsAsRoBERTa": byte_pairs(True, 400, SENTENCES),
        "bytePairsOnCharacters": characters(200, SENTENCES),
        "unigram": unigram(150, SENTENCES),
        "sentencePiece": sentence_piece(150, SENTENCES, str(rules), False),
        "sentencePieceWithBytes": sentence_piece(400, SENTENCES, str(rules), True),
    }
    content = {
        "texts": ODD + SENTENCES,
        "tokenizers": [
            {
                "name": name,
                "file": json.loads(tokenizer.to_str()),
                "ids": [tokenizer.encode(text).ids for text in ODD + SENTENCES],
                "bareIds": [
                    tokenizer.encode(text, add_special_tokens=False).ids for text in ODD + SENTENCES
                ],
            }
            for name, tokenizer in made.items()
        ],
    }
    FIXTURE.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(f"{FIXTURE}: {FIXTURE.stat().st_size} bytes")


# The large form.


def glosses() -> list[str]:
    found = []
    for part in ("noun", "verb", "adj", "adv"):
        for line in (CHECKOUT / f".data/wordnet/data.{part}").open(encoding="utf-8"):
            if not line.startswith(" "):
                found.append(line.split("|", 1)[1].strip())
    return found


SCRIPTS = [
    (0x20, 0x7E), (0x20, 0x7E), (0xA0, 0x24F), (0x300, 0x36F), (0x370, 0x3FF), (0x400, 0x4FF),
    (0x590, 0x5FF), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x1100, 0x11FF),
    (0x2000, 0x206F), (0x20A0, 0x20FF), (0x2100, 0x218F), (0x3040, 0x30FF), (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A3), (0xFB00, 0xFDFF), (0xFE00, 0xFE0F), (0xFF00, 0xFFEF), (0x1F300, 0x1F6FF),
    (0x1F900, 0x1FAFF), (0x1D400, 0x1D7FF), (0x0, 0x1F), (0x7F, 0x9F), (0x1E00, 0x1FFF),
]


def invented(generator: random.Random) -> str:
    """A text of a few scripts, spaces, words, marks and odd things."""
    ranges = generator.sample(SCRIPTS, generator.randint(1, 4))
    parts = []
    for _ in range(generator.randint(0, 40)):
        kind = generator.random()
        if kind < 0.15:
            parts.append(generator.choice([" ", " ", "  ", "\t", "\n", "\u00a0", "\u3000"]))
        elif kind < 0.2:
            parts.append(generator.choice(ODD))
        elif kind < 0.3:
            parts.append(generator.choice(WORDS))
        elif kind < 0.32:
            character = chr(generator.randrange(0x110000))
            parts.append(character if not "\ud800" <= character <= "\udfff" else "\u200d")
        elif kind < 0.33:
            parts.append(generator.choice(WORDS) * generator.randint(5, 40))
        else:
            low, high = generator.choice(ranges)
            parts.append(chr(generator.randint(low, high)))
    return "".join(parts)


WORDS: list[str] = []


def large(folder: pathlib.Path) -> None:
    generator = random.Random(1)
    sentences = glosses()
    WORDS.extend(re.findall(r"\w+|[^\w\s]", " ".join(generator.sample(sentences, 2000))))
    texts = ODD + generator.sample(sentences, 50_000)
    while len(texts) < 100_000:
        texts.append(invented(generator))
    every = [
        f"a{chr(code)}b {chr(code)}{chr(code)} c"
        for code in range(0x110000)
        if not 0xD800 <= code < 0xE000 and (code < 0x33480 or code >= 0xE0000 and code < 0xE0200)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    write_texts(folder / "texts.bin", texts)
    write_texts(folder / "characters.bin", every)
    training = generator.sample(sentences, 20_000)
    made = {
        "minilm": Tokenizer.from_file(str(CHECKOUT / ".data/minilm/tokenizer.json")),
        "wordllama": Tokenizer.from_file(str(CHECKOUT / ".data/wordllama/tokenizer.json")),
        "cased-word-piece": word_piece(False, 8000, training),
        "byte-pairs": byte_pairs(False, 8000, training),
        "byte-pairs-roberta": byte_pairs(True, 8000, training),
        "characters": characters(4000, training),
        "unigram": unigram(8000, training),
        "sentence-piece": sentence_piece(8000, training, "nmt_nfkc", False),
        "sentence-piece-bytes": sentence_piece(8000, training, "nfkc_cf", True),
    }
    for name, tokenizer in made.items():
        bare(tokenizer)
        place = folder / name
        place.mkdir(exist_ok=True)
        (place / "tokenizer.json").write_text(tokenizer.to_str())
        write_ids(place / "texts.ids", tokenizer, texts)
        write_ids(place / "characters.ids", tokenizer, every)
        real = texts[len(ODD) : len(ODD) + 20_000]
        start = time.perf_counter()
        for text in real:
            tokenizer.encode(text)
        one = len(real) / (time.perf_counter() - start)
        start = time.perf_counter()
        tokenizer.encode_batch_fast(real)
        batch = len(real) / (time.perf_counter() - start)
        (place / "speed.json").write_text(json.dumps({"one": one, "batch": batch}))
        print(f"{name}: {one:,.0f} glosses/s one by one, {batch:,.0f} as one batch", flush=True)


def write_texts(file: pathlib.Path, texts: list[str]) -> None:
    with file.open("wb") as out:
        for text in texts:
            data = text.encode()
            out.write(struct.pack("<I", len(data)) + data)


def write_ids(file: pathlib.Path, tokenizer: Tokenizer, texts: list[str]) -> None:
    with file.open("wb") as out:
        for start in range(0, len(texts), 10_000):
            for encoding in tokenizer.encode_batch(texts[start : start + 10_000]):
                ids = encoding.ids
                out.write(struct.pack(f"<I{len(ids)}I", len(ids), *ids))


if __name__ == "__main__":
    if len(sys.argv) > 1:
        large(pathlib.Path(sys.argv[1]))
    else:
        fixture()
