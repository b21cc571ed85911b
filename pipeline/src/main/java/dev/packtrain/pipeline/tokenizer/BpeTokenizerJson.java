package dev.packtrain.pipeline.tokenizer;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A byte-level BPE vocabulary in the format of Hugging Face's libraries. */
final class BpeTokenizerJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private BpeTokenizerJson() {}

    /** The content of {@code tokenizer.json}. */
    static byte[] tokenizer(List<String> tokens, List<String> merges, int eosId) {
        ObjectNode root = JSON.createObjectNode();
        root.put("version", "1.0").putNull("truncation").putNull("padding");
        root.putArray("added_tokens")
                .addObject()
                .put("id", eosId)
                .put("content", tokens.get(eosId))
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false)
                .put("special", true);
        root.putNull("normalizer");
        root.set("pre_tokenizer", byteLevel());
        root.putNull("post_processor");
        root.set("decoder", byteLevel());
        ObjectNode model = root.putObject("model");
        model.put("type", "BPE")
                .putNull("dropout")
                .putNull("unk_token")
                .putNull("continuing_subword_prefix")
                .putNull("end_of_word_suffix")
                .put("fuse_unk", false)
                .put("byte_fallback", false)
                .put("ignore_merges", false);
        ObjectNode vocab = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocab.put(tokens.get(id), id);
        }
        merges.forEach(model.putArray("merges")::add);
        return bytes(root);
    }

    private static ObjectNode byteLevel() {
        return JSON.createObjectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", true);
    }

    /** The content of {@code tokenizer_config.json}. */
    static byte[] config(String eosToken) {
        return bytes(JSON.createObjectNode()
                .put("tokenizer_class", "PreTrainedTokenizerFast")
                .put("eos_token", eosToken)
                .put("clean_up_tokenization_spaces", false));
    }

    private static byte[] bytes(ObjectNode node) {
        try {
            String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node);
            return (text.replace(System.lineSeparator(), "\n") + "\n").getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("strings and numbers always have JSON", impossible);
        }
    }
}
