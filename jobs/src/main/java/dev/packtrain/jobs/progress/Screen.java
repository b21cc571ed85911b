package dev.packtrain.jobs.progress;

import java.io.PrintStream;
import java.util.Locale;

/**
 * Where a command's own words go.
 *
 * @param out results
 * @param err progress and mistakes
 * @param terminal whether a person watches, so that a line may be redrawn
 */
public record Screen(PrintStream out, PrintStream err, boolean terminal) {
    /** Standard output and error. */
    // JDK 22 and newer give a console even without a terminal, unless started with -Djdk.console=java.base, as
    // ./packtrain does.
    @SuppressWarnings("SystemConsoleNull")
    public static Screen ofThisProcess() {
        return new Screen(System.out, System.err, System.console() != null);
    }

    /** A line of the result. */
    public void line(String format, Object... values) {
        out.println(values.length == 0 ? format : String.format(Locale.ROOT, format, values));
        out.flush();
    }
}
