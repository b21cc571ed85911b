package dev.packtrain.pipeline.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Compares two tokenizers of one file on texts that tell apart what vocabularies, patterns and settings can differ in. */
final class SelfTest {
    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "a",
            "The quick brown fox jumps over the lazy dog. Packing documents tightly isn't magic; it's arithmetic.",
            "I'm you're he'll she'd they've don't 'S 'T 'RE 'Ve 'lL 'd 'm 'st '' 'x '\u017f '\u017ft ' s O'Reilly's",
            "1 12 123 1234 12345 3.14159 1,000,000 2026-11-21 0x7F ½ ² Ⅷ ٣٤٥ ४५६ ๑๒๓ 𝟘𝟙 x1y22z333",
            "a  b   c    d\te\t\tf \t g\n h\n\n i \n\n\n j\r\nk \r\n \r\n l\u000bm\fn\u0085o\u00a0p\u2003q\u3000r\u2028s  ",
            "   leading",
            "trailing   ",
            "\n\n",
            " \n \n",
            "\t\t\t",
            "  \n  x",
            "\r",
            "a\r\n",
            " \u3000\u3000x",
            "x = foo(bar[0], \"baz\") // !!! ??? ... --- ___ #hash @at a+b*c/d %^&|~`<>{}\n\tif (x) {\n\t\treturn;\n\t}\n",
            "https://example.org/a/b?c=d&e=f#g user.name+tag@example.org C:\\dir\\file.txt <p class='x'>&amp;</p>",
            "类型#裙*版型#宽松*风格#英伦 这件连衣裙采用了宽松的版型设计，显瘦又舒适。中文，标点！？“引号”（括号）",
            "日本語のテキスト、ひらがなとカタカナ。한국어 문장과 띄어쓰기입니다. ㄱㄴㄷ 漢字",
            "Привет, мир! Ελληνικά Ἄλφα Հայերեն ქართული Übergröße naïve café Ñandú Łódź Straße ĲĲ ǅ İıſK",
            "שלום עולם שָׁלוֹם مرحبا بالعالم اَلْعَرَبِيَّةُ فارسی اردو हिन्दी क़ख़ग़ தமிழ் తెలుగు ಕನ್ನಡ മലയാളം বাংলা ਪੰਜਾਬੀ",
            "ไทย ภาษาไทยกำลัง ລາວ ខ្មែរ မြန်မာ བོད་སྐད አማርኛ ᏣᎳᎩ ᠮᠣᠩᠭᠣᠯ ꦗꦮ 𐍈𐎠 𝒜𝔅ℂ 𠀀𠀁",
            "😀😃 👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇩🇪🇯🇵 ❤️ ☃︎ ✓→∑∞€£¥₿ ©®™ \u200b\u200d\ufeff\u00ad\ufffd",
            "e\u0301 a\u0328\u0301 a\u0301\u0328 o\u0302\u0323 \u1112\u1161\u11ab \ufb01 \u212b \u2126 \u0958 \u0344 \u0301x",
            "Vie\u0323\u0302t Na\u0302\u0301m \u0e19\u0e49\u0e33 \u0e4d\u0e48 \u0f71\u0f74\u0f72 z\u0335\u0327\u0303",
            "\u0001\u001f\u007f\u0080\u009f\ue000\uf8ff\ufdd0\uffff\u0378\u0870\u1c89\u2fff \udb40\udc01\udbff\udfff",
            "a".repeat(300),
            " ".repeat(130) + "x",
            "\n".repeat(70),
            "哈".repeat(120),
            "ab".repeat(150),
            "=-".repeat(90),
            "0".repeat(40),
            "!".repeat(120),
            "😀".repeat(20),
            "supercalifragilisticexpialidociousantidisestablishment",
            "lorem ipsum ".repeat(5) + "<|",
            "<|endoftext|",
            "</",
            "<|im_start|>user\nhi<|im_end|>\n");

    /** Added tokens that are tried among text; all are tried in a row. */
    private static final int MAX_TOKENS = 40;

    private final List<String> texts = new ArrayList<>(TEXTS);

    /** For a file, whose added tokens are tried too. */
    SelfTest(JsonNode root) {
        StringBuilder all = new StringBuilder();
        for (JsonNode token : root.path("added_tokens")) {
            all.append(token.path("content").asText());
        }
        texts.add(all.toString());
        root.path("added_tokens").forEach(token -> {
            String content = token.path("content").asText();
            if (texts.size() < TEXTS.size() + MAX_TOKENS) {
                texts.add("a " + content + " b" + content + content + "\n" + content + "'s");
            }
        });
    }

    /** The first difference, in one phrase. */
    Optional<String> difference(Tokenizer own, Tokenizer library) {
        for (String text : texts) {
            TokenOffsets wanted = library.encodeWithOffsets(text, true);
            int[] ids = own.encode(text, true);
            if (!Arrays.equals(ids, wanted.ids())) {
                return Optional.of(difference(text, wanted.ids(), ids));
            }
            TokenOffsets got = own.encodeWithOffsets(text, true);
            if (!Arrays.equals(got.starts(), wanted.starts()) || !Arrays.equals(got.ends(), wanted.ends())) {
                return Optional.of("the ranges of the tokens of a text of %d chars differ".formatted(text.length()));
            }
        }
        return Optional.empty();
    }

    private static String difference(String text, int[] wanted, int[] got) {
        int at = Arrays.mismatch(wanted, got);
        return "token %d of a text of %d chars is %s instead of %s"
                .formatted(at, text.length(), shown(got, at), shown(wanted, at));
    }

    private static String shown(int[] ids, int at) {
        return at < ids.length ? String.valueOf(ids[at]) : "missing";
    }
}
