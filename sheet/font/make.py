"""Makes the sheet's fonts from Debian's fonts-inter: outlines made quadratic, figures all of one width, few scripts."""
import sys
from fontTools.ttLib import TTFont, newTable
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Subsetter, Options

RANGES = [(0x20, 0x7E), (0xA0, 0x17F), (0x1CD, 0x1DC), (0x1E6, 0x1F5), (0x218, 0x21B), (0x2C6, 0x2DD),
          (0x386, 0x3CE), (0x400, 0x45F), (0x490, 0x491), (0x1E80, 0x1E85), (0x1E9E, 0x1E9E),
          (0x1EA0, 0x1EF9), (0x2002, 0x200A), (0x2010, 0x2027), (0x202F, 0x203A), (0x20AC, 0x20BF), (0x2113, 0x2122),
          (0x2150, 0x215E), (0x2190, 0x2193), (0x2212, 0x2212), (0x2248, 0x2265), (0x25A1, 0x25A1), (0x2713, 0x2717)]

def main(source, target):
    font = TTFont(source)
    cmap = font.getBestCmap()
    gsub = font["GSUB"].table
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag != "tnum":
            continue
        for i in record.Feature.LookupListIndex:
            for sub in gsub.LookupList.Lookup[i].SubTable:
                sub = getattr(sub, "ExtSubTable", sub)
                for table in font["cmap"].tables:
                    for code, name in table.cmap.items():
                        if code in range(0x30, 0x3A) and name in sub.mapping:
                            table.cmap[code] = sub.mapping[name]
    codes = [c for a, b in RANGES for c in range(a, b + 1)]
    options = Options(); options.layout_features = []; options.hinting = False; options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True; options.drop_tables += ["GPOS", "GSUB", "GDEF", "STAT", "DSIG", "meta"]
    s = Subsetter(options); s.populate(unicodes=codes); s.subset(font)
    order, glyphs, out = font.getGlyphOrder(), font.getGlyphSet(), {}
    for name in order:
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, 1.0, reverse_direction=True))
        out[name] = pen.glyph()
    font["loca"] = newTable("loca"); glyf = font["glyf"] = newTable("glyf")
    glyf.glyphOrder, glyf.glyphs = order, out
    del font["CFF "]
    if "VORG" in font: del font["VORG"]
    glyf.compile(font)
    hmtx = font["hmtx"]
    for name in order:
        g = out[name]
        g.recalcBounds(glyf)
        hmtx[name] = (hmtx[name][0], getattr(g, "xMin", 0) if g.numberOfContours else 0)
    m = font["maxp"]; m.tableVersion = 0x00010000
    for k in "maxZones maxTwilightPoints maxStorage maxFunctionDefs maxInstructionDefs maxStackElements maxSizeOfInstructions maxComponentElements maxPoints maxContours maxCompositePoints maxCompositeContours maxComponentDepth".split():
        setattr(m, k, 1 if k == "maxZones" else 0)
    post = font["post"]; post.formatType = 3.0
    font.sfntVersion = "\000\001\000\000"
    font.recalcTimestamp = False
    font.save(target)

main(*sys.argv[1:])
