package dev.packtrain.jobs.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.jobs.cli.Capture;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** All checks on this machine, with Spark inside this process. */
class DoctorDistributedTest {
    @TempDir
    Path dir;

    @BeforeAll
    static void log() {
        Capture.logToTarget();
    }

    @Test
    void thisMachineCanRunPacktrain() throws IOException {
        Path json = dir.resolve("doctor.json");

        Capture run = Capture.of("doctor", "--master", "local[2]", "--num_processes", "2", "--json", json.toString());

        assertThat(run.out())
                .contains("ok    native kernels: ")
                .contains("64 x 64 product is right")
                .contains("ok    tokenizer library: loads and tokenises")
                .contains("ok    slots: 2 tasks at once on 1 executors, for 2 ranks")
                .contains("warn  encryption: ")
                .endsWith("20 checks, 0 failed" + System.lineSeparator());
        assertThat(run.status()).isZero();
        JsonNode found = new ObjectMapper().readTree(json.toFile());
        assertThat(found.path("healthy").asBoolean()).isTrue();
        assertThat(found.path("checks").size()).isEqualTo(20);
    }

    @Test
    void tooFewSlotsFailWithTheMasterToGive() {
        Capture run = Capture.of("doctor", "--master", "local[2]", "--num_processes", "3");

        assertThat(run.status()).isEqualTo(1);
        assertThat(run.out())
                .contains("FAIL  slots: 2 tasks at once on 1 executors, for 3 ranks")
                .contains("-> --master local[3]");
    }

    @Test
    void noProcessesIsAMistake() {
        Capture run = Capture.of("doctor", "--num_processes", "0");

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("--num_processes is 0; wanted at least 1");
    }
}
