package dev.packtrain.jobs.session;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;

/** Sends what Spark and the libraries log to a file, so that the screen stays Packtrain's. */
public final class RunLog {
    private static final String CONFIGURATION = "log4j2.configurationFile";
    private static final String FILE = "packtrain.log.file";
    private static final String CONSOLE = "packtrain.log.console";
    private static final Duration KEPT = Duration.ofDays(14);

    private RunLog() {}

    /**
     * Decides where the log goes. Must run before the first logger is made; does nothing under spark-submit, whose
     * settings decide there.
     *
     * @param command names the file
     * @param verbose whether the log is shown on the screen too
     */
    public static void open(String command, boolean verbose) {
        if (SparkSessions.submitted()) {
            return;
        }
        if (System.getProperty(CONFIGURATION) == null) {
            System.setProperty(CONFIGURATION, "classpath:dev/packtrain/jobs/conf/log4j2.properties");
        }
        System.setProperty(CONSOLE, verbose ? "info" : "off");
        if (System.getProperty(FILE) == null) {
            String time = LocalDateTime.now(java.time.ZoneId.systemDefault())
                    .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
            String name = "%s-%s-%d.log"
                    .formatted(command, time, ProcessHandle.current().pid());
            System.setProperty(FILE, folder().resolve(name).toString());
        }
    }

    /** Where to look for details, for a person. */
    public static String where() {
        String file = System.getProperty(FILE);
        return file == null ? "Spark's driver log" : file;
    }

    private static Path folder() {
        Path home = Path.of(System.getProperty("user.home"), ".packtrain", "logs");
        try {
            Files.createDirectories(home);
            if (Files.isWritable(home)) {
                removeOld(home);
                return home;
            }
        } catch (IOException noHome) {
            return temporary();
        }
        return temporary();
    }

    /** So that the folder does not grow for ever. */
    private static void removeOld(Path folder) throws IOException {
        Instant oldest = Instant.now().minus(KEPT);
        try (DirectoryStream<Path> logs = Files.newDirectoryStream(folder, "*.log")) {
            for (Path log : logs) {
                if (Files.getLastModifiedTime(log).toInstant().isBefore(oldest)) {
                    Files.deleteIfExists(log);
                }
            }
        }
    }

    private static Path temporary() {
        return Path.of(System.getProperty("java.io.tmpdir"));
    }
}
