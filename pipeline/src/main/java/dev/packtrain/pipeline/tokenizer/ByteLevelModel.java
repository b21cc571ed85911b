package dev.packtrain.pipeline.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The byte-pair model of a {@code tokenizer.json}, ready to be used by many threads.
 *
 * @param merges what may be merged
 * @param characters what becomes of each character
 * @param joins where words may be cut
 * @param wholeWords tokens that a word is looked for in before anything is merged, or null if merges alone count
 * @param lengths the bytes that each id stands for
 */
record ByteLevelModel(
        MergeTable merges, Characters characters, JoinFilter joins, TokenIndex wholeWords, int[] lengths) {
    private static final int BYTES = 256;

    /**
     * Reads the model.
     *
     * @throws UnsupportedFileException if only the Hugging Face library does what it asks for
     */
    static ByteLevelModel read(JsonNode root) throws UnsupportedFileException {
        JsonNode model = root.path("model");
        ByteLevelFile.refuse(!ByteLevelFile.isType(model, "BPE"), "the model " + ByteLevelFile.name(model));
        ByteLevelFile.refuse(model.path("dropout").asDouble(0) != 0, "dropout");
        ByteLevelFile.refuse(model.path("byte_fallback").asBoolean(), "byte_fallback");
        for (String affix : List.of("continuing_subword_prefix", "end_of_word_suffix")) {
            ByteLevelFile.refuse(
                    !model.path(affix).asText("").isEmpty()
                            && !model.path(affix).isNull(),
                    affix);
        }
        ByteAlphabet alphabet = new ByteAlphabet();
        JsonNode vocab = model.path("vocab");
        int[] ids = new int[vocab.size()];
        byte[][] tokens = new byte[vocab.size()][];
        JoinFilter joins = new JoinFilter();
        int index = 0;
        for (Map.Entry<String, JsonNode> token : vocab.properties()) {
            ids[index] = token.getValue().asInt();
            ByteLevelFile.refuse(ids[index] >= MergeTable.MAX_IDS, "ids of 2^20 and more");
            tokens[index] = alphabet.bytes(token.getKey());
            if (tokens[index] != null) {
                joins.add(tokens[index]);
            }
            index++;
        }
        TokenIndex wholeWords = model.path("ignore_merges").asBoolean() ? new TokenIndex(tokens, ids) : null;
        int[] lengths = lengths(ids, tokens, ByteLevelFile.addedTokens(root));
        MergeList merges = MergeList.read(model.path("merges"), vocab);
        MergeTable table = new MergeTable(byteIds(vocab, alphabet), merges.pairs(), merges.results());
        return new ByteLevelModel(
                table,
                new CharacterMerges(table, merges.partial(alphabet), merges.firstUse(lengths.length)).characters(),
                joins,
                wholeWords,
                lengths);
    }

    private static int[] byteIds(JsonNode vocab, ByteAlphabet alphabet) throws UnsupportedFileException {
        int[] byteIds = new int[BYTES];
        for (int b = 0; b < BYTES; b++) {
            byteIds[b] = MergeList.id(vocab, String.valueOf(alphabet.of(b)), "a vocabulary without all 256 bytes");
        }
        return byteIds;
    }

    private static int[] lengths(int[] ids, byte[][] tokens, Map<Integer, String> added)
            throws UnsupportedFileException {
        List<Integer> all = new ArrayList<>(added.keySet());
        int largest = Math.max(
                Arrays.stream(ids).max().orElse(0),
                all.stream().mapToInt(Integer::intValue).max().orElse(0));
        int[] lengths = new int[largest + 1];
        for (int i = 0; i < ids.length; i++) {
            ByteLevelFile.refuse(lengths[ids[i]] != 0, "two tokens with one id");
            lengths[ids[i]] = tokens[i] == null ? 0 : tokens[i].length;
        }
        for (Map.Entry<Integer, String> token : added.entrySet()) {
            int length = token.getValue().getBytes(StandardCharsets.UTF_8).length;
            int known = lengths[token.getKey()];
            ByteLevelFile.refuse(known != 0 && known != length, "an added token with the id of another");
            lengths[token.getKey()] = length;
        }
        return lengths;
    }
}
