package dev.packtrain.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.jobs.progress.Screen;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.RecipeKey;
import dev.packtrain.jobs.recipe.RecipeKeys;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HelpTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private int run(String... args) {
        return CommandTree.execute(
                args,
                new Screen(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false));
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource(Command.class)
    void theHelpOfACommandNamesEachOfItsKeysOnceAndNoOther(Command command) {
        assertThat(run(command.word(), "--help")).isZero();
        assertThat(err.toString(StandardCharsets.UTF_8)).isEmpty();
        for (RecipeKey key : RecipeKeys.all()) {
            long times = Pattern.compile("--" + Pattern.quote(key.name()) + "(?![a-z0-9_])")
                    .matcher(out())
                    .results()
                    .count();
            assertThat(times)
                    .as("--%s in the help of %s", key.name(), command.word())
                    .isEqualTo(key.commands().contains(command) ? 1 : 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"demo", "sample", "bench"})
    void theOtherCommandsExplainThemselvesToo(String command) {
        assertThat(run(command, "--help")).isZero();
        assertThat(out()).contains("Usage: packtrain " + command);
    }

    @Test
    void theProgramListsItsCommandsAndExitStatuses() {
        assertThat(run("--help")).isZero();
        for (Command command : Command.values()) {
            assertThat(out()).containsPattern("(?m)^ +" + command.word() + " ");
        }
        for (ExitStatus status : ExitStatus.values()) {
            assertThat(out()).contains(status.code() + "  ");
        }
    }

    @Test
    void withoutACommandTheHelpIsShownAsAMistake() {
        assertThat(run()).isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("packtrain --help");
    }

    @Test
    void anUnknownCommandIsAOneLineMistake() {
        assertThat(run("trian")).isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("packtrain: there is no command trian; did you mean train?\n");
    }

    @Test
    void aMistakeNamesTheHelpOfTheWholeCommand() {
        assertThat(run("bench", "train", "--layers")).isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err.toString(StandardCharsets.UTF_8)).endsWith("; see packtrain bench train --help\n");
    }

    @Test
    void aDefaultIsShownAsAPersonWritesIt() {
        assertThat(run("train", "--help")).isZero();
        assertThat(out()).contains("(2e-5)", "(1e-8)", "(3)").doesNotContain("E-");
    }

    @Test
    void anOptionWithoutItsValueIsAOneLineMistake() {
        assertThat(run("prepare", "--max_length")).isEqualTo(ExitStatus.BAD_INPUT.code());
        assertThat(err.toString(StandardCharsets.UTF_8).lines()).hasSize(1);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("--max_length", "packtrain prepare --help");
    }
}
