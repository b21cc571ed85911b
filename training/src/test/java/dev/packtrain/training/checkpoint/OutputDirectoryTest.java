package dev.packtrain.training.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.SavingOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OutputDirectoryTest {
    @TempDir
    Path temp;

    private Path output;

    @BeforeEach
    void makeOutput() throws Exception {
        output = Files.createDirectory(temp.resolve("output"));
    }

    @Test
    void aCheckpointThatALinkPutsHereIsThisDirectorysOwn() throws Exception {
        Path elsewhere = Files.createDirectory(temp.resolve("kept"));
        Path link = Files.createSymbolicLink(output.resolve("checkpoint-3"), elsewhere);
        try (OutputDirectory claimed = claim("true", false)) {
            assertThat(claimed.candidates()).containsExactly(link);
        }
    }

    @Test
    void aCheckpointOfThisDirectoryThatIsResumedFromByALinkIsNotCleanedAway() throws Exception {
        Path checkpoint = Files.createDirectory(output.resolve("checkpoint-3"));
        Path link = Files.createSymbolicLink(temp.resolve("newest"), checkpoint);
        try (OutputDirectory claimed = claim(link.toString(), true)) {
            assertThat(claimed.candidates()).containsExactly(link);
            assertThat(checkpoint).isDirectory();
        }
    }

    @Test
    void aLookRefusesWhatAClaimWouldAndChangesNothing() throws Exception {
        SavingOptions anew = new SavingOptions(0, 0, "", false);
        OutputDirectory.check(temp.resolve("missing"), anew);
        OutputDirectory.check(output, anew);
        Files.createDirectory(output.resolve("checkpoint-3"));
        assertThatThrownBy(() -> OutputDirectory.check(output, anew))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("already holds checkpoint-3 of an earlier run");
        OutputDirectory.check(output, new SavingOptions(0, 0, "true", false));
        OutputDirectory.check(output, new SavingOptions(0, 0, "", true));
        assertThat(output.resolve("checkpoint-3")).exists();
        try (OutputDirectory claimed = claim("true", false)) {
            assertThat(claimed.candidates()).hasSize(1);
            assertThatThrownBy(() -> OutputDirectory.check(output, new SavingOptions(0, 0, "true", false)))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(
                            "is in use by process " + ProcessHandle.current().pid());
        }
    }

    @Test
    void aRecipeThatIsNoRunsIsNotReplacedEvenIfResultsMayBe() throws Exception {
        Path recipe = Files.writeString(output.resolve("recipe.json"), "{}");
        assertThatThrownBy(() -> claim("", true))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("holds a recipe.json but no run");
        assertThat(recipe).exists();
        Files.createFile(output.resolve("metrics.jsonl"));
        try (OutputDirectory claimed = claim("", false)) {
            assertThat(claimed.candidates()).isEmpty();
        }
    }

    private OutputDirectory claim(String resume, boolean overwrite) throws Exception {
        return OutputDirectory.claim(output, new SavingOptions(0, 0, resume, overwrite), () -> {});
    }
}
