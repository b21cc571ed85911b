package dev.packtrain.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TextGeneratorTest {
    private static final Path GOLDENS = Path.of("../training/src/test/resources/goldens");
    private static final Path TOKENIZER = GOLDENS.resolve("prompts/prompt_text/tokenizer");

    @TempDir
    Path temp;

    private Path base;
    private Path adapter;

    @BeforeEach
    void copyBaseAndAdapter() throws IOException {
        base = copy(List.of(GOLDENS.resolve("gqa_tied"), TOKENIZER), "base");
        adapter = copy(List.of(GOLDENS.resolve("peft/plain")), "adapter");
    }

    private Path copy(List<Path> sources, String name) throws IOException {
        Path to = Files.createDirectory(temp.resolve(name));
        for (Path source : sources) {
            try (Stream<Path> files = Files.list(source)) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        }
        return to;
    }

    @Test
    void aTextEndsWhereTheAdaptersDataEnded() throws IOException {
        assertThat(eosTokenIds()).containsExactly(2);
        Files.writeString(adapter.resolve("generation_config.json"), "{\"eos_token_id\": [5, 2]}");
        assertThat(eosTokenIds()).containsExactly(5, 2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{\"eos_token_id\": \"2\"}", "{\"eos_token_id\": [\"</s>\"]}", "{\"eos_token_id\": 1.5}", "", "{"
            })
    void anEndThatIsNoTokenIsRefused(String generation) throws IOException {
        Files.writeString(adapter.resolve("generation_config.json"), generation);
        assertThatThrownBy(this::eosTokenIds)
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("generation_config.json")
                .hasMessageContaining("wanted a");
    }

    private Set<Integer> eosTokenIds() throws IOException {
        try (TextGenerator generator = TextGenerator.open(Optional.of(base), adapter, false, "cpu")) {
            return generator.eosTokenIds();
        }
    }

    @Test
    void adaptersThatTakeTurnsEachHaveTheirEnd() throws IOException {
        Path other = copy(List.of(GOLDENS.resolve("peft/plain")), "other");
        Files.writeString(other.resolve("generation_config.json"), "{\"eos_token_id\": [5, 2]}");
        List<Set<Integer>> ends = new ArrayList<>();
        TextGenerator.inTurn(
                Optional.of(base),
                List.of(adapter, other),
                false,
                "cpu",
                (dir, generator) -> ends.add(generator.eosTokenIds()));
        assertThat(ends).containsExactly(Set.of(2), Set.of(5, 2));
    }
}
