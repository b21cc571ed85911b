package dev.packtrain.pipeline.tokenizer;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Texts that are made to break tokenizers: all scripts, white space of every kind, contractions, digits, emoji,
 * combining marks in any order, jamo, tokens and parts of tokens, slices of real text, repetitions, and now and then half
 * a character. A pure function of the seed.
 */
final class FuzzTexts {
    private static final String[] SPACES = {
        " ", " ", " ", " ", "  ", "   ", "\n", "\n", "\n\n", "\r\n", "\r", "\t", "\u000b", "\f", "\u0085", "\u00a0",
        "\u1680", "\u2000", "\u2003", "\u200a", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", " \n", "\n ", "\t "
    };
    private static final String[] CONTRACTIONS = {
        "'s",
        "'t",
        "'re",
        "'ve",
        "'m",
        "'ll",
        "'d",
        "'S",
        "'T",
        "'RE",
        "'rE",
        "'Ve",
        "'M",
        "'LL",
        "'lL",
        "'D",
        "'\u017f",
        "'",
        "''",
        "'r",
        "'v",
        "'l",
        "'R\u00c9",
        "\u2019s",
        "\u02bcs",
        "'\u017ft",
        "'\u00df",
        "'x",
        "'\ufb05",
        "'\u212a"
    };
    private static final String[] EMOJI = {
        "😀", "👨‍👩‍👧", "🏳️‍🌈", "👍🏽", "🇩🇪", "❤️", "☃", "✓", "\u200d", "\ufe0f", "🫠", "🪿", "1️⃣", "©", "™"
    };
    private static final int[] DIGITS = {'0', 0x660, 0x6F0, 0x966, 0xE50, 0xFF10, 0x1D7CE, 0xB2, 0x2160, 0x3007, 0x10A40
    };
    private static final int[] MARKS = {
        0x300, 0x301, 0x302, 0x303, 0x308, 0x30A, 0x323, 0x327, 0x328, 0x334, 0x338, 0x345, 0x5B0, 0x5BC, 0x64B, 0x651,
        0x653, 0x93C, 0x94D, 0x9BE, 0xE38, 0xE48, 0xF71, 0xF72, 0x1039, 0x3099, 0x309A, 0x20D0, 0x1D165, 0x16D67
    };
    /** Where scripts start, each with some neighbours: alphabets, syllables, ideographs, symbols, unassigned. */
    private static final int[] BLOCKS = {
        0x20, 0x40, 0x60, 0xA0, 0xC0, 0x100, 0x180, 0x1C0, 0x250, 0x2B0, 0x370, 0x400, 0x480, 0x530, 0x5D0, 0x620,
        0x700, 0x780, 0x8A0, 0x870, 0x900, 0x980, 0xA00, 0xB80, 0xC00, 0xD00, 0xE00, 0xE80, 0xF00, 0xF40, 0x1000,
        0x10A0, 0x1100, 0x1160, 0x11A0, 0x1200, 0x13A0, 0x1780, 0x1800, 0x1C80, 0x1D00, 0x1E00, 0x1EA0, 0x1F00, 0x2000,
        0x2060, 0x2100, 0x2150, 0x2200, 0x2460, 0x2C00, 0x2E80, 0x3000, 0x3040, 0x30A0, 0x3130, 0x3400, 0x4E00, 0x5000,
        0x7000, 0x9FF0, 0xA000, 0xA640, 0xA720, 0xA7C0, 0xAB30, 0xAC00, 0xB000, 0xD7B0, 0xE000, 0xF900, 0xFB00, 0xFB50,
        0xFE00, 0xFE70, 0xFF00, 0xFFF0, 0x10000, 0x10300, 0x10400, 0x10570, 0x105C0, 0x10A00, 0x10D40, 0x11000, 0x11100,
        0x11380, 0x11B00, 0x11F00, 0x12000, 0x13000, 0x16D40, 0x1B000, 0x1D100, 0x1D400, 0x1D7C0, 0x1E000, 0x1E4D0,
        0x1E5D0, 0x1F100, 0x1F300, 0x1F600, 0x1FAE0, 0x20000, 0x2A6D0, 0x2EBF0, 0x2F800, 0x30000, 0x31350, 0xE0000,
        0xE0100, 0xF0000, 0x10FFF0
    };

    private final SplittableRandom random;
    private final List<String> tokens;
    private final String realText;

    /**
     * With what is mixed in.
     *
     * @param tokens texts of tokens, special ones too
     * @param realText a text of which slices are taken
     */
    FuzzTexts(long seed, List<String> tokens, String realText) {
        this.random = new SplittableRandom(seed);
        this.tokens = tokens;
        this.realText = realText;
    }

    String next() {
        StringBuilder text = new StringBuilder();
        int parts = 1 + random.nextInt(random.nextInt(8) == 0 ? 30 : 9);
        int same = random.nextInt(3) == 0 ? random.nextInt(16) : -1;
        for (int i = 0; i < parts; i++) {
            part(same >= 0 && random.nextInt(4) > 0 ? same : random.nextInt(16), text::append);
        }
        if (random.nextInt(200) == 0) {
            text.insert(random.nextInt(text.length() + 1), (char) (0xD800 + random.nextInt(0x800)));
        }
        return text.toString();
    }

    private void part(int kind, Consumer<String> out) {
        switch (kind) {
            case 0, 1, 2 -> letters(out);
            case 3, 4 -> out.accept(any(SPACES));
            case 5 -> out.accept(any(CONTRACTIONS));
            case 6 -> out.accept(any(EMOJI));
            case 7 -> digits(out);
            case 8 -> marks(out);
            case 9, 10 -> out.accept(tokens.get(random.nextInt(tokens.size())));
            case 11 -> partOfToken(out);
            case 12 -> slice(out);
            case 13 -> repetition(out);
            case 14 -> out.accept(Character.toString(anyCodePoint()));
            default -> ascii(out);
        }
    }

    private String any(String[] choices) {
        return choices[random.nextInt(choices.length)];
    }

    private int anyCodePoint() {
        int codePoint = 0;
        while (codePoint == 0 || (codePoint >= 0xD800 && codePoint < 0xE000)) {
            codePoint = random.nextInt(random.nextBoolean() ? 0x110000 : 0x10000);
        }
        return codePoint;
    }

    private void letters(Consumer<String> out) {
        int block = BLOCKS[random.nextInt(BLOCKS.length)];
        int count = 1 + random.nextInt(random.nextInt(10) == 0 ? 60 : 7);
        for (int i = 0; i < count; i++) {
            int codePoint = Math.min(block + random.nextInt(0x30), Character.MAX_CODE_POINT);
            out.accept(Character.toString(codePoint >= 0xD800 && codePoint < 0xE000 ? 'e' : codePoint));
        }
    }

    private void digits(Consumer<String> out) {
        int zero = DIGITS[random.nextInt(DIGITS.length)];
        int count = 1 + random.nextInt(8);
        for (int i = 0; i < count; i++) {
            out.accept(Character.toString(zero + random.nextInt(zero == 0xB2 ? 2 : 9)));
        }
    }

    private void marks(Consumer<String> out) {
        out.accept(Character.toString(
                random.nextInt(3) == 0 ? anyCodePoint() : "aeozAUsdい가כمक".codePointAt(random.nextInt(13))));
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            out.accept(Character.toString(
                    random.nextBoolean() ? MARKS[random.nextInt(MARKS.length)] : 0x300 + random.nextInt(0x70)));
        }
    }

    private void partOfToken(Consumer<String> out) {
        String token = tokens.get(random.nextInt(tokens.size()));
        int end = token.length() == 0 ? 0 : random.nextInt(token.length());
        out.accept(end > 0 && Character.isHighSurrogate(token.charAt(end - 1)) ? token : token.substring(0, end));
    }

    private void slice(Consumer<String> out) {
        if (realText.isEmpty()) {
            return;
        }
        int from = random.nextInt(realText.length());
        int to = Math.min(realText.length(), from + 1 + random.nextInt(40));
        from += Character.isLowSurrogate(realText.charAt(from)) ? 1 : 0;
        to -= Character.isHighSurrogate(realText.charAt(to - 1)) ? 1 : 0;
        out.accept(from < to ? realText.substring(from, to) : "");
    }

    private void repetition(Consumer<String> out) {
        String unit = random.nextInt(3) == 0 ? any(SPACES) : Character.toString(anyCodePoint());
        unit = random.nextBoolean() ? unit : String.valueOf((char) (' ' + random.nextInt(95)));
        out.accept(unit.repeat(1 + random.nextInt(random.nextInt(20) == 0 ? 300 : 12)));
    }

    private void ascii(Consumer<String> out) {
        int count = 1 + random.nextInt(12);
        for (int i = 0; i < count; i++) {
            out.accept(
                    String.valueOf((char) (random.nextInt(30) == 0 ? random.nextInt(32) : ' ' + random.nextInt(95))));
        }
    }
}
