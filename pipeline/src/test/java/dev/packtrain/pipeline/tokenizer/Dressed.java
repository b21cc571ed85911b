package dev.packtrain.pipeline.tokenizer;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Files of a small trained vocabulary in the dress of known families: no vocabulary of theirs is needed to test what
 * their files ask for.
 */
final class Dressed {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Something of everything, so that merges of many scripts are learnt. */
    static final String TEXT =
            """
            这件连衣裙采用了宽松的版型设计，显瘦又舒适。这件衬衫的设计很宽松，连衣裙很舒适！
            The quick brown fox jumps over the lazy dog, doesn't it? They've said: "we'll see", and it's 12345 x 67890.
            Привет, мир! Это быстрый тест. مرحبا بالعالم هذا اختبار हिन्दी में क़ख़ग़ परीक्षण ภาษาไทยกำลัง 한국어 문장과 띄어쓰기입니다.
            日本語のテキスト、ひらがなとカタカナ。 naïve café Übergröße e\u0301 o\u0302\u0323 \u1112\u1161\u11ab 😀😃 👨‍👩‍👧 🇩🇪
                indented\tcode();\r\n\r\n\r\n        more = code[0] + 3.14;\n\n\n\u3000\u3000段落　　全角
            """;

    private Dressed() {}

    /** As {@link BpeTrainer} writes it: GPT-2's words. */
    static TokenizerFiles trained() {
        List<WordCount> words = new ArrayList<>();
        for (int repeat = 0; repeat < 3; repeat++) {
            WordSplitter.split(TEXT, word -> words.add(new WordCount(word, 3)));
        }
        return BpeTrainer.learn(words, 1500);
    }

    /** Text with spaces before every first word. */
    static TokenizerFiles gpt2WithPrefixSpace() {
        return changed(root -> {
            ((ObjectNode) root.get("pre_tokenizer")).put("add_prefix_space", true);
            root.putObject("post_processor")
                    .put("type", "ByteLevel")
                    .put("add_prefix_space", true)
                    .put("trim_offsets", true)
                    .put("use_regex", true);
            addToken(root, "<mask>", true);
        });
    }

    /** Llama 3: whole words first, BOS from a template. */
    static TokenizerFiles llama3() {
        return changed(root -> {
            split(root, SplitPattern.LLAMA3.regex());
            ((ObjectNode) root.get("model")).put("ignore_merges", true);
            // Words that no merge makes.
            ObjectNode vocab = (ObjectNode) root.get("model").get("vocab");
            vocab.put("Ġ12345quux", vocab.size());
            vocab.put("quux", vocab.size());
            int id = addToken(root, "<|begin_of_text|>", false);
            ObjectNode sequence = root.putObject("post_processor").put("type", "Sequence");
            ArrayNode processors = sequence.putArray("processors");
            processors
                    .addObject()
                    .put("type", "ByteLevel")
                    .put("add_prefix_space", true)
                    .put("trim_offsets", true)
                    .put("use_regex", true);
            template(processors.addObject(), "<|begin_of_text|>", id);
        });
    }

    /** Qwen 2: form C, every digit a word. */
    static TokenizerFiles qwen2() {
        return changed(root -> {
            split(root, SplitPattern.QWEN2.regex());
            root.putObject("normalizer").put("type", "NFC");
            root.putObject("post_processor")
                    .put("type", "ByteLevel")
                    .put("add_prefix_space", false)
                    .put("trim_offsets", false)
                    .put("use_regex", false);
            addToken(root, "<|im_start|>", false);
            addToken(root, "<|im_end|>", false);
        });
    }

    /** The trained files with a change. */
    static TokenizerFiles changed(Consumer<ObjectNode> change) {
        TokenizerFiles trained = trained();
        try {
            ObjectNode root = (ObjectNode) JSON.readTree(trained.tokenizerJson());
            change.accept(root);
            return new TokenizerFiles(
                    "the dressed tokenizer", JSON.writeValueAsBytes(root), trained.configJson(), new byte[0]);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    private static void template(ObjectNode node, String token, int id) {
        node.put("type", "TemplateProcessing");
        ArrayNode single = node.putArray("single");
        single.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
        single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
        ArrayNode pair = node.putArray("pair");
        pair.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
        pair.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
        ObjectNode special = node.putObject("special_tokens").putObject(token);
        special.put("id", token).putArray("ids").add(id);
        special.putArray("tokens").add(token);
    }

    /** Adds a token after all others. */
    static int addToken(ObjectNode root, String content, boolean normalised) {
        ArrayNode added = (ArrayNode) root.get("added_tokens");
        int id = root.get("model").get("vocab").size() + added.size() - 1;
        added.addObject()
                .put("id", id)
                .put("content", content)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", normalised)
                .put("special", true);
        return id;
    }

    /** Words by a pattern of the file's own. */
    static void split(ObjectNode root, String regex) {
        ObjectNode sequence = root.putObject("pre_tokenizer").put("type", "Sequence");
        ArrayNode steps = sequence.putArray("pretokenizers");
        ObjectNode split = steps.addObject().put("type", "Split");
        split.putObject("pattern").put("Regex", regex);
        split.put("behavior", "Isolated").put("invert", false);
        steps.addObject()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("trim_offsets", true)
                .put("use_regex", false);
    }
}
