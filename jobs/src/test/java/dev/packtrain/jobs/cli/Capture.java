package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.progress.Screen;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/**
 * One run of {@code packtrain}, in this process.
 *
 * @param status exit status
 * @param out what it printed
 * @param err what it printed to standard error
 */
public record Capture(int status, String out, String err) {
    /** Runs it, as if its output went to a file. */
    public static Capture of(String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int status = CommandTree.execute(
                args,
                new Screen(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        false));
        return new Capture(status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** Its log goes to where the other tests' goes. */
    public static void logToTarget() {
        System.setProperty("log4j2.configurationFile", "classpath:log4j2-test.properties");
        System.setProperty("packtrain.log.file", "target/packtrain-test.log");
    }
}
