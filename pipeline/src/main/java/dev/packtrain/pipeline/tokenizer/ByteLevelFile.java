package dev.packtrain.pipeline.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the {@code tokenizer.json} of a byte-level BPE tokenizer says, read strictly: whatever could change an id and is
 * not known here is refused.
 *
 * @param pattern cuts text into words
 * @param prefixSpace whether a space is put before text that does not start with one
 * @param nfc whether text is normalised to form C first
 * @param rawAdded added tokens that are looked for in the text as it is
 * @param normalisedAdded added tokens that are looked for in the rest
 * @param around the tokens around a sequence
 */
record ByteLevelFile(
        SplitPattern pattern,
        boolean prefixSpace,
        boolean nfc,
        AddedTokens rawAdded,
        AddedTokens normalisedAdded,
        SequenceEnds around) {

    /**
     * Reads everything but the model.
     *
     * @throws UnsupportedFileException if only the Hugging Face library does what it asks for
     */
    static ByteLevelFile read(JsonNode root) throws UnsupportedFileException {
        boolean nfc = normaliser(root.path("normalizer"));
        PreTokenizer words = PreTokenizer.read(root.path("pre_tokenizer"));
        List<JsonNode> raw = new ArrayList<>();
        List<JsonNode> normalised = new ArrayList<>();
        for (JsonNode token : root.path("added_tokens")) {
            for (String flag : List.of("single_word", "lstrip", "rstrip")) {
                refuse(token.path(flag).asBoolean(), "an added token with " + flag);
            }
            boolean isNormalised = token.path("normalized").asBoolean();
            refuse(isNormalised && nfc, "an added token that is itself normalised");
            (isNormalised ? normalised : raw).add(token);
        }
        return new ByteLevelFile(
                words.pattern(),
                words.prefixSpace(),
                nfc,
                added(raw),
                added(normalised),
                SequenceEnds.read(root.path("post_processor")));
    }

    private record PreTokenizer(SplitPattern pattern, boolean prefixSpace) {
        static PreTokenizer read(JsonNode node) throws UnsupportedFileException {
            List<JsonNode> steps = steps(node, "pretokenizers");
            JsonNode byteLevel = steps.get(steps.size() - 1);
            refuse(!isType(byteLevel, "ByteLevel"), "the pre-tokenizer " + name(byteLevel));
            boolean ownRegex = byteLevel.path("use_regex").asBoolean(true);
            boolean prefixSpace = byteLevel.path("add_prefix_space").asBoolean(true);
            if (steps.size() == 1) {
                refuse(!ownRegex, "a ByteLevel pre-tokenizer without a pattern");
                return new PreTokenizer(SplitPattern.GPT2, prefixSpace);
            }
            JsonNode split = steps.get(0);
            refuse(steps.size() > 2 || !isType(split, "Split"), "pre-tokenizers other than Split and ByteLevel");
            refuse(ownRegex || prefixSpace, "a ByteLevel pre-tokenizer that cuts or pads what Split has cut");
            refuse(
                    !"Isolated".equals(split.path("behavior").asText())
                            || split.path("invert").asBoolean(),
                    "a Split pre-tokenizer that leaves text out or joins it");
            String regex = split.path("pattern").path("Regex").asText("");
            return new PreTokenizer(
                    SplitPattern.of(regex)
                            .orElseThrow(() -> new UnsupportedFileException("a pattern that is not built in")),
                    false);
        }
    }

    private static boolean normaliser(JsonNode node) throws UnsupportedFileException {
        if (isNothing(node)) {
            return false;
        }
        boolean nfc = false;
        for (JsonNode step : steps(node, "normalizers")) {
            refuse(!isType(step, "NFC"), "the normaliser " + name(step));
            nfc = true;
        }
        return nfc;
    }

    private static AddedTokens added(List<JsonNode> tokens) {
        List<JsonNode> filled =
                tokens.stream().filter(token -> !content(token).isEmpty()).toList();
        return new AddedTokens(
                filled.stream().map(ByteLevelFile::content).toList(),
                filled.stream().map(token -> token.path("id").asInt()).toList());
    }

    private static String content(JsonNode token) {
        return token.path("content").asText();
    }

    /** The steps of a Sequence, or the one step. */
    static List<JsonNode> steps(JsonNode node, String field) throws UnsupportedFileException {
        if (!isType(node, "Sequence")) {
            return List.of(node);
        }
        List<JsonNode> steps = new ArrayList<>();
        node.path(field).forEach(steps::add);
        refuse(steps.isEmpty(), "an empty Sequence");
        return steps;
    }

    static boolean isNothing(JsonNode node) {
        return node.isMissingNode() || node.isNull();
    }

    static boolean isType(JsonNode node, String type) {
        return type.equals(node.path("type").asText());
    }

    /** The type of a part of the file, for messages. */
    static String name(JsonNode node) {
        return isNothing(node) ? "(none)" : node.path("type").asText("(unnamed)");
    }

    static void refuse(boolean unsupported, String what) throws UnsupportedFileException {
        if (unsupported) {
            throw new UnsupportedFileException(what);
        }
    }

    /** Every added token and its text, once. */
    static Map<Integer, String> addedTokens(JsonNode root) {
        Map<Integer, String> texts = new TreeMap<>();
        root.path("added_tokens").forEach(token -> texts.put(token.path("id").asInt(), content(token)));
        return texts;
    }
}
