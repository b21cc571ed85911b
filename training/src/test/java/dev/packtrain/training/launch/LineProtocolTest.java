package dev.packtrain.training.launch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.BatchOptions;
import dev.packtrain.training.options.LoggingOptions;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.OptimizerOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.SavingOptions;
import dev.packtrain.training.options.ScheduleOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LineProtocolTest {
    private static final LaunchSpec SPEC = new LaunchSpec(
            1,
            0,
            3,
            2,
            "10.0.0.1",
            "cpu",
            4,
            600,
            "/data",
            3,
            "/out",
            new TrainingOptions(
                    new ModelOptions(null, "config.json", Map.of("num_hidden_layers", "4")),
                    new BatchOptions(2, 3, -1, 1.5, Long.MIN_VALUE),
                    new OptimizerOptions(3e-5, 0.1, 0.9, 0.95, 1e-8, 1.0, false),
                    new ScheduleOptions(ScheduleOptions.Type.LINEAR, 0, 0.03),
                    Precision.BF16,
                    new SavingOptions(100, 2, "true", false),
                    new LoggingOptions(10, true),
                    ParallelOptions.NONE),
            "{\n  \"max_steps\": 5, \"words\": \"广告\"\n}\n");

    static List<TrainerEvent> events() {
        return List.of(
                new TrainerEvent.Ready(65535),
                new TrainerEvent.Started(123456789012L, 4, 8, "a \"model\"\nin two lines"),
                new TrainerEvent.Step(
                        3, Map.of("loss", 0.1 + 0.2, "grad_norm", Double.NaN, "x", Double.POSITIVE_INFINITY)),
                new TrainerEvent.Alive(),
                new TrainerEvent.Notice("saved — 已保存"),
                new TrainerEvent.Finished(8, Map.of()),
                new TrainerEvent.Failed(TrainerEvent.Failed.Kind.PEER, "[rank 1 step=120] gone"));
    }

    @ParameterizedTest
    @MethodSource("events")
    void everyEventComesBackFromOneLine(TrainerEvent event) {
        String line = LineProtocol.encode(event);
        assertThat(line).doesNotContain("\n").startsWith("{\"event\":\"");
        assertThat(LineProtocol.event(line)).isEqualTo(event);
    }

    @Test
    void whatTheParentSaysComesBack() {
        String line = LineProtocol.encode(SPEC);
        assertThat(line).doesNotContain("\n");
        assertThat(LineProtocol.launchSpec(line)).isEqualTo(SPEC);
        Rendezvous rendezvous = new Rendezvous("host", 40123);
        assertThat(LineProtocol.rendezvous(LineProtocol.encode(rendezvous))).isEqualTo(rendezvous);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "not json",
                "{\"host\":\"h\"}",
                "{\"host\":\"h\",\"port\":null}",
                "{\"host\":\"h\",\"port\":\"1\"}",
                "{\"host\":\"h\",\"port\":1.5}",
                "{\"host\":\"h\",\"port\":1,\"extra\":2}",
                "{\"host\":\"h\",\"port\":1,\"port\":2}",
                "{\"host\":\"h\",\"port\":1} {}",
                "{\"host\":\"h\",\"port\":99999999999}"
            })
    void anythingElseIsRefused(String line) {
        assertThatThrownBy(() -> LineProtocol.rendezvous(line))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("Rendezvous");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"event\":\"unknown\"}",
                "{\"storePort\":1}",
                "{\"event\":\"ready\"}",
                "{\"event\":\"failed\",\"kind\":\"NOBODY\",\"message\":\"\"}",
                "{\"event\":\"failed\",\"kind\":0,\"message\":\"\"}",
                "[Gloo] Rank 0 is connected to 1 peer ranks."
            })
    void aLineThatIsNoEventIsRefused(String line) {
        assertThatThrownBy(() -> LineProtocol.event(line)).isInstanceOf(BadInputException.class);
    }

    @Test
    void everyFieldOfTheSpecIsNeeded() {
        String line = LineProtocol.encode(SPEC);
        for (String field : List.of("\"rank\":1,", "\"seed\":-9223372036854775808", "\"overwriteOutputDir\":false")) {
            assertThat(line).contains(field);
            String without = line.replace("," + field, "").replace(field, "");
            assertThat(without).isNotEqualTo(line);
            assertThatThrownBy(() -> LineProtocol.launchSpec(without)).isInstanceOf(BadInputException.class);
        }
    }
}
