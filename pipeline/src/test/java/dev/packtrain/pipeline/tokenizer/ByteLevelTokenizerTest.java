package dev.packtrain.pipeline.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.pipeline.GoldenTokenizer;
import java.io.IOException;
import java.text.Normalizer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ByteLevelTokenizerTest {
    private static final int FUZZ = 4_000;

    private static Stream<Arguments> families() {
        return Stream.of(
                Arguments.of("gpt2", Dressed.trained()),
                Arguments.of("gpt2", Dressed.gpt2WithPrefixSpace()),
                Arguments.of("llama3", Dressed.llama3()),
                Arguments.of("qwen2", Dressed.qwen2()));
    }

    @ParameterizedTest
    @MethodSource("families")
    void tokensAndRangesEqualTheLibrarysOnEveryKindOfText(String words, TokenizerFiles files) {
        try (TokenizerFuzz fuzz = new TokenizerFuzz(files, 20261121, Dressed.TEXT)) {
            assertThat(fuzz.firstDifference(FUZZ).map(TokenizerFuzz::escaped)).isEmpty();
        }
        try (Tokenizer own = Tokenizers.load(files, null)) {
            assertThat(own.description()).isEqualTo("byte-level BPE in Java, with the words of " + words);
            String text =
                    words.equals("qwen2") ? Normalizer.normalize(Dressed.TEXT, Normalizer.Form.NFC) : Dressed.TEXT;
            assertThat(own.decode(own.encode(Dressed.TEXT, false), true).stripLeading())
                    .isEqualTo(text);
        }
    }

    @Test
    void longRunsTakeNoLongerThanSorting() {
        try (Tokenizer own = Tokenizers.load(Dressed.llama3(), null);
                Tokenizer library = HuggingFaceTokenizer.load(Dressed.llama3(), null)) {
            for (String unit : List.of("a", "ab", " ", "\n", "连衣裙", "=", "1")) {
                String text = unit.repeat(1_000_000 / unit.length());
                int[] ids = assertTimeout(Duration.ofSeconds(10), () -> own.encode(text, false));
                String some = text.substring(0, 3_000);
                assertThat(own.encode(some, false)).isEqualTo(library.encode(some, false));
                assertThat(ids).hasSizeBetween(text.length() / 200, 3 * text.length());
            }
        }
    }

    @Test
    void theGoldenFileTakesTheWayInJavaToo() throws IOException {
        try (Tokenizer own = Tokenizers.load(GoldenTokenizer.directory());
                Tokenizer library = HuggingFaceTokenizer.load(GoldenTokenizer.directory())) {
            assertThat(own).isInstanceOf(ByteLevelTokenizer.class);
            assertThat(own.encode(Dressed.TEXT, true)).isEqualTo(library.encode(Dressed.TEXT, true));
            assertThat(own.eosTokenId()).isEqualTo(library.eosTokenId());
            assertThat(own.bosTokenId()).isEqualTo(library.bosTokenId());
            assertThat(own.vocabSize()).isEqualTo(library.vocabSize());
            assertThat(own.sha256()).isEqualTo(library.sha256());
        }
    }

    private static Stream<Arguments> unknown() {
        return Stream.of(
                refused("the normaliser Lowercase", root -> root.putObject("normalizer")
                        .put("type", "Lowercase")),
                refused("the pre-tokenizer (none)", root -> root.putNull("pre_tokenizer")),
                refused("a pattern that is not built in", root -> Dressed.split(root, "\\w+|\\W")),
                refused("the post-processor RobertaProcessing", root -> root.putObject("post_processor")
                        .put("type", "RobertaProcessing")
                        .put("trim_offsets", true)
                        .put("add_prefix_space", false)
                        .set("sep", pair(root, "cls"))),
                refused(
                        "an added token with lstrip",
                        root -> ((ObjectNode) root.get("added_tokens").get(0)).put("lstrip", true)),
                refused("an added token that is itself normalised", root -> {
                    root.putObject("normalizer").put("type", "NFC");
                    Dressed.addToken(root, "<n>", true);
                }),
                refused("byte_fallback", root -> ((ObjectNode) root.get("model")).put("byte_fallback", true)),
                refused("end_of_word_suffix", root -> ((ObjectNode) root.get("model")).put("end_of_word_suffix", "_")));
    }

    private static ArrayNode pair(ObjectNode root, String key) {
        ((ObjectNode) root.get("post_processor"))
                .putArray(key)
                .add("<|endoftext|>")
                .add(0);
        return root.arrayNode().add("<|endoftext|>").add(0);
    }

    private static Arguments refused(String reason, Consumer<ObjectNode> change) {
        return Arguments.of(reason, Dressed.changed(change));
    }

    @ParameterizedTest
    @MethodSource("unknown")
    void whatIsNotKnownIsLeftToTheLibraryWithTheReason(String reason, TokenizerFiles files) {
        try (Tokenizer tokenizer = Tokenizers.load(files, null)) {
            assertThat(tokenizer).isInstanceOf(HuggingFaceTokenizer.class);
            assertThat(tokenizer.description())
                    .isEqualTo("the Hugging Face library, since the way in Java does not know " + reason);
            assertThat(tokenizer.encode("abc", false)).isNotEmpty();
        }
    }

    @Test
    void aFileThatFailsTheSelfTestIsLeftToTheLibrary() {
        // The library numbers added tokens itself, whatever the file says.
        TokenizerFiles files = Dressed.changed(root -> {
            Dressed.addToken(root, "<a>", false);
            ((ObjectNode) root.get("added_tokens").get(1))
                    .put("id", root.get("model").get("vocab").size() + 100);
        });
        try (Tokenizer tokenizer = Tokenizers.load(files, null)) {
            assertThat(tokenizer).isInstanceOf(HuggingFaceTokenizer.class);
            assertThat(tokenizer.description()).contains("the self-test of the way in Java failed: token ");
        }
    }

    @Test
    void threadsShareATokenizer() throws Exception {
        try (Tokenizer own = Tokenizers.load(Dressed.qwen2(), null)) {
            List<String> texts = IntStream.range(0, 300)
                    .mapToObj(i -> Dressed.TEXT.substring(i))
                    .toList();
            List<int[]> alone =
                    texts.stream().map(text -> own.encode(text, true)).toList();
            ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                Callable<Boolean> task = () -> IntStream.range(0, texts.size())
                        .allMatch(i -> Arrays.equals(own.encode(texts.get(i), true), alone.get(i)));
                for (Future<Boolean> same : threads.invokeAll(List.of(task, task, task, task))) {
                    assertThat(same.get()).isTrue();
                }
            } finally {
                threads.shutdownNow();
            }
        }
    }

    @Test
    void halfACharacterIsTheLibrarysBusinessAndHasNoRange() {
        try (Tokenizer own = Tokenizers.load(Dressed.qwen2(), null);
                Tokenizer library = HuggingFaceTokenizer.load(Dressed.qwen2(), null)) {
            assertThat(own.encode("a\ud800b", false)).isEqualTo(library.encode("a\ud800b", false));
            assertThatThrownBy(() -> own.encodeWithOffsets("a\ud800b", false))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aClosedTokenizerSaysSo() {
        Tokenizer own = Tokenizers.load(Dressed.trained(), null);
        own.close();
        assertThatThrownBy(() -> own.decode(new int[] {1}, false)).isInstanceOf(IllegalStateException.class);
    }
}
