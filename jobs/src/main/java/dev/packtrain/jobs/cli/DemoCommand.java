package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.demo.Demo;
import dev.packtrain.jobs.progress.Screen;
import dev.packtrain.jobs.session.RunLog;
import dev.packtrain.jobs.session.SparkSessions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code packtrain demo}. */
@Command(
        name = "demo",
        sortOptions = false,
        description = "The whole job on a generated sample: tokenizer, prepare, train on two processes, generate.")
final class DemoCommand implements Callable<Integer> {
    private static final int NUM_PROCESSES = 2;

    private final Screen screen;

    @Option(
            names = "--output_dir",
            defaultValue = "packtrain-demo",
            paramLabel = "DIR",
            description = "where everything goes (${DEFAULT-VALUE})")
    private Path outputDir;

    @Option(
            names = "--overwrite_output_dir",
            arity = "0..1",
            fallbackValue = "true",
            defaultValue = "false",
            paramLabel = "true|false",
            description = "replace an earlier demo there")
    private boolean overwrite;

    @Option(names = "--verbose", description = "show Spark's log on the screen too")
    private boolean verbose;

    DemoCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
        RunLog.open("demo", verbose);
        Demo demo = new Demo(screen, outputDir, overwrite);
        SparkSession spark = SparkSessions.open("packtrain demo", null, NUM_PROCESSES);
        try {
            demo.run(spark);
        } finally {
            spark.stop();
        }
        return ExitStatus.OK.code();
    }
}
