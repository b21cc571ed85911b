package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.demo.Demo;
import dev.packtrain.jobs.progress.Screen;
import dev.packtrain.jobs.session.RunLog;
import dev.packtrain.jobs.session.SparkSessions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code packtrain demo}. */
@Command(
        name = "demo",
        sortOptions = false,
        description = "The whole job on a generated sample: tokenizer, prepare, train, generate.")
final class DemoCommand implements Callable<Integer> {
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

    @Option(
            names = "--rows",
            defaultValue = "2000",
            paramLabel = "N",
            description = "rows of the sample (${DEFAULT-VALUE})")
    private int rows;

    @Option(
            names = "--max_steps",
            paramLabel = "N",
            description = "steps of the training (as demo.json says: 900); with much fewer the model writes nonsense")
    private Integer maxSteps;

    @Option(
            names = "--num_processes",
            defaultValue = "2",
            paramLabel = "N",
            description = "training processes on this machine (${DEFAULT-VALUE})")
    private int numProcesses;

    @Option(names = "--verbose", description = "show Spark's log on the screen too")
    private boolean verbose;

    DemoCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
        RunLog.open("demo", verbose);
        Demo demo = new Demo(
                screen, outputDir, overwrite, new Demo.Size(rows, Optional.ofNullable(maxSteps), numProcesses));
        SparkSession spark = SparkSessions.open("packtrain demo", null, numProcesses);
        try {
            demo.run(spark);
        } finally {
            spark.stop();
        }
        return ExitStatus.OK.code();
    }
}
