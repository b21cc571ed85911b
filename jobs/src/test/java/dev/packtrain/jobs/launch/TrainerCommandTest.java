package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerCommandTest {
    @ParameterizedTest
    @ValueSource(strings = {"-XX:TieredStopAtLevel=1", "-XX:SharedArchiveFile=/classes.jsa", "-Xlog:cds*=off"})
    void whatIsHandedOn(String option) {
        assertThat(TrainerCommand.handedOn(List.of("-Xmx1g", option, "-Xlog:gc")))
                .containsExactly(option);
    }

    /** Maven gives the tests' JVM such an option. */
    @Test
    void aChildCompilesAsFarAsThisJvm(@TempDir Path dir) {
        RankPlan.Child child = new RankPlan.Child(FakeTrainer.class.getName(), "64m", 1);
        List<String> own = ManagementFactory.getRuntimeMXBean().getInputArguments();
        assertThat(own).anyMatch(argument -> argument.startsWith("-XX:TieredStopAtLevel"));
        assertThat(TrainerCommand.of(child, CpuShare.alone(1), dir).command())
                .containsAll(TrainerCommand.handedOn(own));
    }
}
