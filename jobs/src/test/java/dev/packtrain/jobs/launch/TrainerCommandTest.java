package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerCommandTest {
    private static List<String> compilers(Stream<String> arguments) {
        return arguments
                .filter(argument -> argument.startsWith("-XX:TieredStopAtLevel"))
                .toList();
    }

    /** Maven gives the tests' JVM such an option. */
    @Test
    void aChildCompilesAsFarAsThisJvm(@TempDir Path dir) {
        RankPlan.Child child = new RankPlan.Child(FakeTrainer.class.getName(), "64m", 1);
        List<String> command = TrainerCommand.of(child, 1, dir).command();
        assertThat(compilers(command.stream()))
                .isEqualTo(compilers(ManagementFactory.getRuntimeMXBean().getInputArguments().stream()));
    }
}
