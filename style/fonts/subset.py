"""Makes the pages' fonts from their sources: only the characters, the weights and the optical size that the pages use.

Writes public/fonts/*.woff2, whose names carry a hash of what is in them because browsers keep them for a year, and
style/fonts.css with a face for each. A face names exactly the characters that its file has, so a browser fetches a file when
one of them occurs and not before.
"""

import argparse
import hashlib
import io
import logging
from pathlib import Path
from typing import NamedTuple

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib import instancer

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SOURCES = HERE / "node_modules" / "@fontsource-variable"

# What tailwind.css asks for: kerning, accents that are put together, and figures of one width.
FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "tnum", "lnum"]


class Family(NamedTuple):
    name: str
    folder: str
    # Of the source's files: family, script, axes, style.
    source: str
    # What is left of each axis: a number pins it, a pair is a range.
    axes: dict[str, float | tuple[float, float]]
    # The weights that the face answers for, as CSS has them.
    weight: str
    styles: list[str]


FAMILIES = [
    # Headings and amounts are all bold, of 20 to 70 pixels: one weight and one optical size serve them.
    Family("Bricolage Grotesque", "bricolage-grotesque", "{folder}-{script}-opsz-{style}", {"opsz": 32, "wght": 700}, "600 800", ["normal"]),
    Family("Public Sans", "public-sans", "{folder}-{script}-wght-{style}", {"wght": (400, 700)}, "400 700", ["normal", "italic"]),
]

# By output: the source's script, and the characters that are taken from it. The languages of Europe are apart from what is rare
# beside them, so that a name such as Đorđe Marković costs little.
EUROPEAN = {*range(0x0100, 0x0180), *range(0x0218, 0x021C), 0x1E9E, 0x20A9, 0x20B9, 0x20BA, 0x2116}
PARTS = {
    "latin": ("latin", lambda code: not 0x2000 <= code <= 0x200B),
    "latin-ext": ("latin-ext", lambda code: code in EUROPEAN),
    "latin-rare": ("latin-ext", lambda code: code not in EUROPEAN),
    "vietnamese": ("vietnamese", lambda code: True),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fonts", type=Path, default=ROOT / "public" / "fonts", help="where the font files go")
    parser.add_argument("--css", type=Path, default=ROOT / "style" / "fonts.css", help="where the faces go")
    arguments = parser.parse_args()
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    arguments.fonts.mkdir(parents=True, exist_ok=True)
    for old in arguments.fonts.glob("*.woff2"):
        old.unlink()
    faces = ["/* Made by bin/fonts: change style/fonts/subset.py and run that. SIL OFL, licences beside the files. */"]
    for family in FAMILIES:
        for style in family.styles:
            taken: set[int] = set()
            for part, (script, wanted) in PARTS.items():
                font, characters = made(family, script, style, lambda code: wanted(code) and code not in taken)
                if not characters:
                    continue
                taken |= characters
                name = f"{family.folder}-{part}{'-italic' if style == 'italic' else ''}.{hashlib.sha256(font).hexdigest()[:8]}.woff2"
                (arguments.fonts / name).write_bytes(font)
                faces.append(face(family, style, name, characters))
                print(f"{len(font):7} bytes  {len(characters):4} characters  {name}")
        licence = SOURCES / family.folder / "LICENSE"
        (arguments.fonts / f"LICENSE-{family.folder}.txt").write_bytes(licence.read_bytes())
    arguments.css.write_text("\n".join(faces) + "\n")


def made(family: Family, script: str, style: str, wanted) -> tuple[bytes, set[int]]:
    """The file as WOFF2, and its characters."""
    source = family.source.format(folder=family.folder, script=script, style=style)
    # The moment of the making would give each run another hash.
    font = TTFont(SOURCES / family.folder / "files" / f"{source}.woff2", recalcTimestamp=False)
    characters = {code for code in font.getBestCmap() if wanted(code)}
    if not characters:
        return b"", characters
    options = Options(layout_features=FEATURES, hinting=False, notdef_outline=True, name_IDs=["*"])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(font)
    font = instancer.instantiateVariableFont(font, family.axes)
    font.flavor = "woff2"
    out = io.BytesIO()
    font.save(out)
    return out.getvalue(), characters


def face(family: Family, style: str, name: str, characters: set[int]) -> str:
    lines = [f'  font-family: "{family.name}";']
    if style != "normal":
        lines.append(f"  font-style: {style};")
    lines += [
        f"  font-weight: {family.weight};",
        "  font-display: swap;",
        f'  src: url("/fonts/{name}") format("woff2");',
        f"  unicode-range: {', '.join(ranges(characters))};",
    ]
    return "@font-face {\n" + "\n".join(lines) + "\n}"


def ranges(characters: set[int]) -> list[str]:
    """As CSS writes them: U+41-5A."""
    spans: list[list[int]] = []
    for code in sorted(characters):
        if spans and code == spans[-1][1] + 1:
            spans[-1][1] = code
        else:
            spans.append([code, code])
    return [f"U+{first:04X}" if first == last else f"U+{first:04X}-{last:04X}" for first, last in spans]


if __name__ == "__main__":
    main()
