package dev.packtrain.jobs.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.BadInputException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailuresTest {
    private static final String SPARK = "Job aborted due to stage failure: Task 1 in stage 3.0 failed 1 times: ";

    @Test
    void whatOthersWroteDoesNotMoveTheCursor() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Failures.report(
                new BadInputException("2 problems:\n  no key \u001b[2Ja\n  no key b"),
                new PrintStream(err, true, StandardCharsets.UTF_8));
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualToNormalizingNewlines("packtrain: 2 problems:\n  no key \\u001b[2Ja\n  no key b\n");
    }

    @Test
    void anErrorOfThisJvmIsASentenceToo() {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        OutOfMemoryError heap = new OutOfMemoryError("Java heap space");
        for (Throwable thrown : List.of(heap, new IllegalStateException("while reading", heap))) {
            assertThat(Failures.report(thrown, new PrintStream(err, true, StandardCharsets.UTF_8)))
                    .isEqualTo(ExitStatus.FAILED);
            assertThat(err.toString(StandardCharsets.UTF_8))
                    .contains("the Java heap ran out", "PACKTRAIN_DRIVER_MEMORY");
            err.reset();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "org.apache.hadoop.fs.FSError: java.io.IOException: No space left on device | FAILED | a disk is full, that of output_dir",
                "dev.packtrain.packing.BadInputException: row 3 of a.jsonl is wrong; mend it | BAD_INPUT | packtrain: row 3 of a.jsonl is wrong; mend it",
                "Master removed our application: FAILED | LOST | packtrain: the cluster ended this application, as it does when executors do not start",
                "java.lang.IllegalStateException: Cannot call methods on a stopped SparkContext. | FAILED | or when its master wants another spark.authenticate.secret; look at the workers' logs",
                "java.io.FileNotFoundException: /a/bbb (File name too long) | BAD_INPUT | packtrain: the path /a/bbb has a name that is longer",
                "java.nio.file.FileSystemException: /a/bbb: File name too long | BAD_INPUT | packtrain: the path /a/bbb has a name that is longer",
                "ExecutorLostFailure (executor 2 exited) | LOST | an executor was lost: Job aborted",
                "java.lang.OutOfMemoryError: Java heap space | FAILED | packtrain: the Java heap ran out: the driver has",
                "java.lang.RuntimeException: std::bad_alloc | FAILED | packtrain: the memory of this host ran out: native code got none; give it more, or take a smaller model; details",
                "java.lang.ArithmeticException: / by zero | FAILED | RuntimeException: Job aborted"
            })
    void whatSparkTellsOfATaskBecomesASentence(String cause, ExitStatus status, String sentence) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        RuntimeException thrown = new RuntimeException(SPARK + "\n" + cause + "\n\tat some.Class(X.java:1)");
        assertThat(Failures.report(thrown, new PrintStream(err, true, StandardCharsets.UTF_8)))
                .isEqualTo(status);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains(sentence).doesNotContain("\tat");
    }
}
