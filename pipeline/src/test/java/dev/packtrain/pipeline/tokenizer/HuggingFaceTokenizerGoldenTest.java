package dev.packtrain.pipeline.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.GoldenTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Ids and texts are those that Python's {@code tokenizers} gives; {@code make_golden.py} regenerates them. */
class HuggingFaceTokenizerGoldenTest {
    @TempDir
    Path folder;

    private static int[] ints(JsonNode list) {
        return IntStream.range(0, list.size()).map(i -> list.get(i).asInt()).toArray();
    }

    @Test
    void idsAndTextsEqualThoseOfPython() throws IOException {
        JsonNode golden = new ObjectMapper()
                .readTree(GoldenTokenizer.directory().resolve("golden.json").toFile());
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.load(GoldenTokenizer.directory())) {
            assertThat(golden).hasSize(7);
            for (JsonNode text : golden) {
                int[] special = ints(text.get("special"));
                assertThat(tokenizer.encode(text.get("text").asText(), false)).isEqualTo(ints(text.get("plain")));
                assertThat(tokenizer.encode(text.get("text").asText(), true)).isEqualTo(special);
                assertThat(tokenizer.decode(special, true))
                        .isEqualTo(text.get("decoded").asText());
            }
        }
    }

    @Test
    void offsetsCountCharsAndTokensAroundTheTextCoverNothing() throws IOException {
        String text = "a😀 é中b";
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.load(GoldenTokenizer.directory())) {
            TokenOffsets offsets = tokenizer.encodeWithOffsets(text, true);
            assertThat(offsets.ids()).isEqualTo(tokenizer.encode(text, true));
            StringBuilder seen = new StringBuilder();
            for (int i = 0; i < offsets.ids().length; i++) {
                String piece = text.substring(offsets.starts()[i], offsets.ends()[i]);
                seen.append(seen.toString().endsWith(piece) ? "" : piece);
            }
            assertThat(seen.toString()).isEqualTo("a😀 é中b");
            assertThat(offsets.ids()[0]).isEqualTo(tokenizer.bosTokenId().getAsInt());
            assertThat(offsets.ends()[0]).isZero();
            assertThatThrownBy(() -> tokenizer.encodeWithOffsets("a\ud800", true))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("char 1");
        }
    }

    @Test
    void theFilesNameTheirSpecialTokens() throws IOException {
        try (HuggingFaceTokenizer tokenizer =
                HuggingFaceTokenizer.load(GoldenTokenizer.directory().resolve("tokenizer.json"))) {
            assertThat(tokenizer.eosTokenId()).isEqualTo(1);
            assertThat(tokenizer.bosTokenId()).hasValue(0);
            assertThat(tokenizer.vocabSize()).isEqualTo(420);
            assertThat(tokenizer.sha256()).hasSize(64);
            assertThat(tokenizer.decode(new int[] {0, 1}, true)).isEmpty();
            assertThat(tokenizer.decode(new int[] {0, 1}, false)).isEqualTo("<s></s>");
        }
    }

    @Test
    void anEosTokenCanBeChosenAndMustExist() throws IOException {
        TokenizerFiles files = TokenizerFiles.read(GoldenTokenizer.directory());
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.load(files, "<s>")) {
            assertThat(tokenizer.eosTokenId()).isZero();
        }
        assertThatThrownBy(() -> HuggingFaceTokenizer.load(files, "<end>"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("eos_token is \"<end>\"");
    }

    @Test
    void withoutConfigurationAWellKnownTokenEndsTexts() throws IOException {
        Path json = folder.resolve("tokenizer.json");
        Files.copy(GoldenTokenizer.directory().resolve("tokenizer.json"), json);
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.load(folder)) {
            assertThat(tokenizer.eosTokenId()).isEqualTo(1);
            assertThat(tokenizer.bosTokenId()).isEmpty();
        }
        Files.writeString(json, Files.readString(json).replace("</s>", "[END]"));
        assertThatThrownBy(() -> HuggingFaceTokenizer.load(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("--eos_token");
    }

    @Test
    void theFilesBesideSayWhichTokenEndsAText() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer.json"),
                """
                {"version":"1.0","added_tokens":[
                 {"id":0,"content":"<|endoftext|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
                 {"id":1,"content":"<|im_end|>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true}],
                 "model":{"type":"BPE","vocab":{"<|endoftext|>":0,"<|im_end|>":1,"a":2},"merges":[]}}
                """);
        assertThat(eos()).isZero();
        Files.writeString(folder.resolve("special_tokens_map.json"), "{\"eos_token\":{\"content\":\"<|im_end|>\"}}");
        assertThat(eos()).isOne();
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\":\"<|endoftext|>\"}");
        assertThat(eos()).isZero();
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"eos_token\":\"<|eot|>\"}");
        assertThatThrownBy(this::eos)
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("eos_token is \"<|eot|>\", which it does not have")
                .hasMessageContaining("--eos_token");
    }

    private int eos() throws IOException {
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.load(folder)) {
            return tokenizer.eosTokenId();
        }
    }

    @Test
    void whatIsNoTokenizerIsRefusedInOneSentence() throws IOException {
        assertThatThrownBy(() -> HuggingFaceTokenizer.load(folder.resolve("none")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("there is no file");
        Files.writeString(folder.resolve("tokenizer.json"), "{\"added_tokens\":[{\"id\":0,\"content\":\"</s>\"}]}");
        assertThatThrownBy(() -> HuggingFaceTokenizer.load(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("not a tokenizer that can be loaded");
        Files.writeString(folder.resolve("rows.jsonl"), "{\"src\": \"a\"}\n{\"src\": \"b\"}\n");
        assertThatThrownBy(() -> HuggingFaceTokenizer.load(folder.resolve("rows.jsonl")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("rows.jsonl is not a tokenizer that can be loaded (it has no \"model\")");
        Files.writeString(folder.resolve("tokenizer.json"), "{");
        assertThatThrownBy(() -> HuggingFaceTokenizer.load(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("is not JSON");
    }
}
