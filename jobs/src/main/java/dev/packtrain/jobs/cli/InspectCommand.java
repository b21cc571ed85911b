package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.inspect.Inspection;
import dev.packtrain.jobs.inspect.InspectionJson;
import dev.packtrain.jobs.inspect.InspectionText;
import dev.packtrain.jobs.progress.Screen;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code packtrain inspect}. */
@Command(
        name = "inspect",
        sortOptions = false,
        description = "Shows what a prepared data set, one of its shards, a model, a checkpoint or an adapter holds.")
final class InspectCommand implements Callable<Integer> {
    private final Screen screen;

    @Parameters(
            paramLabel = "PATH",
            description =
                    "a data set, an .arrow shard, a model, checkpoint or adapter directory, or a directory of adapters")
    private Path path;

    @Option(
            names = "--verify",
            description = "compare every file's size and SHA-256 with what was recorded (a checkpoint's always are)")
    private boolean verify;

    @Option(
            names = "--pack",
            paramLabel = "K",
            description = "show pack K, counted from 0: its documents, and which of their tokens take a loss")
    private Long pack;

    @Option(
            names = "--dataset_version",
            paramLabel = "N",
            description = "show version N of a data set instead of the current one")
    private Integer version;

    @Option(names = "--json", paramLabel = "FILE", description = "write the same as JSON; replaced if it is there")
    private Path json;

    InspectCommand(Screen screen) {
        this.screen = screen;
    }

    @Override
    public Integer call() throws IOException {
        Inspection inspection = Inspection.of(new Inspection.Request(path, version, verify, pack));
        new InspectionText(screen).show(inspection);
        if (json != null) {
            InspectionJson.write(inspection, json);
        }
        inspection.requireIntact();
        return ExitStatus.OK.code();
    }
}
