package dev.packtrain.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerateCommandTest {
    @TempDir
    Path dir;

    @BeforeAll
    static void log() {
        Capture.logToTarget();
    }

    @Test
    void aModelWithoutATokenizerIsNamed() {
        Capture run = Capture.of("generate", "--model_name_or_path", dir.toString(), "--src", "x");

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).startsWith("packtrain: there is no tokenizer.json in " + dir + ";");
    }
}
