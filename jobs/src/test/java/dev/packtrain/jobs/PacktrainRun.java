package dev.packtrain.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.jobs.cli.CommandTree;
import dev.packtrain.jobs.progress.Screen;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * A command of {@code packtrain} that has ended.
 *
 * @param status exit status
 * @param out what it printed
 * @param err what it and its process printed to standard error
 */
record PacktrainRun(int status, String out, String err) {
    /** Runs it, as if its output went to a file; what the process itself writes to standard error is caught too. */
    static PacktrainRun of(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream processErr = System.err;
        try {
            PrintStream captured = new PrintStream(err, true, StandardCharsets.UTF_8);
            System.setErr(captured);
            int status = CommandTree.execute(
                    args, new Screen(new PrintStream(out, true, StandardCharsets.UTF_8), captured, false));
            return new PacktrainRun(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setErr(processErr);
        }
    }

    /** The one sentence of a command that is refused. */
    static String refused(String... args) {
        PacktrainRun ended = of(args);
        assertThat(ended.err().lines())
                .as("lines on standard error: %s", ended.err())
                .hasSize(1);
        assertThat(ended.err()).startsWith("packtrain: ").doesNotContain("Exception");
        assertThat(ended.status()).as(ended.err()).isEqualTo(2);
        System.out.print(ended.err());
        return ended.err();
    }
}
