package dev.packtrain.pipeline.tokenizer;

import ai.djl.huggingface.tokenizers.jni.CharSpan;
import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Reads out of the Hugging Face library what it knows of code points, by tokenising them. */
final class CodePointProbe {
    private static final TokenizersLibrary LIBRARY = TokenizersLibrary.LIB;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int BATCH = 8192;

    /** Marks of the lowest combining class, 1, and of the highest, 240. */
    private static final String LOWEST = "\u0334";

    private static final String HIGHEST = "\u0345";

    CodePointProbe() {
        LibUtils.checkStatus();
    }

    /** Planes 4 to 13 are empty; of them and of private use some code points stand for all. */
    static boolean isWorthALook(int codePoint) {
        return codePoint < 0x34000 || (codePoint >= 0xE0000 && codePoint < 0xE0200) || codePoint % 1024 == 1;
    }

    private static List<int[]> batches() {
        return IntStream.range(0, (Character.MAX_CODE_POINT + 1) / BATCH)
                .mapToObj(batch -> IntStream.range(Math.max(1, batch * BATCH), (batch + 1) * BATCH)
                        .filter(c -> !isSurrogate(c) && isWorthALook(c))
                        .toArray())
                .filter(batch -> batch.length > 0)
                .toList();
    }

    /** The code points that a pattern of one character matches; U+0000 and surrogates are left out. */
    BitSet matches(String regex) {
        ObjectNode root = JSON.createObjectNode();
        root.putArray("added_tokens");
        ObjectNode split = root.putObject("pre_tokenizer");
        split.put("type", "Split").put("behavior", "Removed").put("invert", false);
        split.putObject("pattern").put("Regex", regex);
        ObjectNode model = root.putObject("model");
        model.put("type", "WordLevel").put("unk_token", "u").putObject("vocab").put("u", 0);
        long tokenizer = LIBRARY.createTokenizerFromString(root.toString());
        BitSet matching = new BitSet();
        for (int[] batch : batches()) {
            long encoding = LIBRARY.encode(tokenizer, new String(batch, 0, batch.length), false);
            BitSet left = new BitSet();
            for (CharSpan span : LIBRARY.getTokenCharSpans(encoding)) {
                left.set(span.getStart(), span.getEnd());
            }
            LIBRARY.deleteEncoding(encoding);
            for (int i = 0; i < batch.length; i++) {
                matching.set(batch[i], !left.get(i));
            }
        }
        LIBRARY.deleteTokenizer(tokenizer);
        return matching;
    }

    /** The code points with a combining class other than 0. */
    BitSet nonStarters() {
        BitSet nonStarters = changed(c -> Character.toString(c) + LOWEST, c -> Character.toString(c) + LOWEST);
        nonStarters.or(changed(c -> HIGHEST + Character.toString(c), c -> HIGHEST + Character.toString(c)));
        // A start that decomposes or composes with the mark is changed too, but not by trading places.
        nonStarters.andNot(changed(Character::toString, Character::toString));
        return nonStarters;
    }

    /** The code points that form C of this JDK and of the library treat differently when alone. */
    BitSet normalisedDifferently() {
        return changed(Character::toString, CodePointProbe::recomposed);
    }

    /** The code points whose normalisation by the library is not what is expected. */
    BitSet changed(IntFunction<String> text, IntFunction<String> expected) {
        ByteAlphabet alphabet = new ByteAlphabet();
        ObjectNode root = JSON.createObjectNode();
        root.putArray("added_tokens");
        root.putObject("normalizer").put("type", "NFC");
        root.putObject("pre_tokenizer")
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", false)
                .put("use_regex", false);
        ObjectNode model = root.putObject("model");
        model.put("type", "BPE").putArray("merges");
        ObjectNode vocab = model.putObject("vocab");
        IntStream.range(0, 256).forEach(b -> vocab.put(String.valueOf(alphabet.of(b)), b));
        long tokenizer = LIBRARY.createTokenizerFromString(root.toString());
        BitSet changed = new BitSet();
        for (int[] batch : batches()) {
            int[] lines = IntStream.of(batch).filter(c -> c != '\n').toArray();
            long encoding = LIBRARY.encode(
                    tokenizer, IntStream.of(lines).mapToObj(text).collect(Collectors.joining("\n")), false);
            long[] ids = LIBRARY.getTokenIds(encoding);
            byte[] bytes = new byte[ids.length];
            for (int i = 0; i < ids.length; i++) {
                bytes[i] = (byte) ids[i];
            }
            LIBRARY.deleteEncoding(encoding);
            String[] normal = new String(bytes, StandardCharsets.UTF_8).split("\n", -1);
            for (int i = 0; i < lines.length; i++) {
                changed.set(lines[i], !normal[i].equals(expected.apply(lines[i])));
            }
        }
        LIBRARY.deleteTokenizer(tokenizer);
        return changed;
    }

    /**
     * What this JDK knows of form C and the library does not: characters newer than the library's tables that combine or
     * compose.
     */
    BitSet knownToTheJdkAlone() {
        BitSet unlike = normalisedDifferently();
        BitSet library = nonStarters();
        for (int c = 1; c <= Character.MAX_CODE_POINT; c++) {
            if (!isSurrogate(c) && isWorthALook(c)) {
                boolean combines =
                        !isNormal(Character.toString(c) + LOWEST) || !isNormal(HIGHEST + Character.toString(c));
                unlike.set(c, unlike.get(c) || (isNormal(Character.toString(c)) && combines != library.get(c)));
            }
        }
        BitSet notComposed = changed(CodePointProbe::decomposed, CodePointProbe::recomposed);
        notComposed.stream().forEach(c -> decomposed(c).codePoints().forEach(unlike::set));
        unlike.or(notComposed);
        return unlike;
    }

    private static String decomposed(int codePoint) {
        return Normalizer.normalize(Character.toString(codePoint), Normalizer.Form.NFD);
    }

    private static String recomposed(int codePoint) {
        return Normalizer.normalize(Character.toString(codePoint), Normalizer.Form.NFC);
    }

    private static boolean isNormal(String text) {
        return Normalizer.isNormalized(text, Normalizer.Form.NFC);
    }

    private static boolean isSurrogate(int codePoint) {
        return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
    }

    /** Every code point that is not first in the decomposition of one that form C leaves alone. */
    static BitSet laterInCompositions() {
        BitSet later = new BitSet();
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            if (!isSurrogate(c) && isNormal(Character.toString(c))) {
                decomposed(c).codePoints().skip(1).forEach(later::set);
            }
        }
        return later;
    }
}
