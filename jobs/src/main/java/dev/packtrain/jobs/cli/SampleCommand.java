package dev.packtrain.jobs.cli;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.sample.SampleGenerator;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes rows to try things with. */
@Command(
        name = "sample",
        sortOptions = false,
        description = "Writes generated rows: attributes of a garment (src) and its advertisement (tgt), JSON lines.")
final class SampleCommand implements Callable<Integer> {
    @Option(names = "--rows", defaultValue = "2000", paramLabel = "N", description = "how many (${DEFAULT-VALUE})")
    private long rows;

    @Option(
            names = "--seed",
            defaultValue = "42",
            paramLabel = "S",
            description = "the same seed gives the same rows (${DEFAULT-VALUE})")
    private long seed;

    @Option(
            names = "--output",
            defaultValue = "sample.jsonl",
            paramLabel = "FILE",
            description = "replaced if it is there (${DEFAULT-VALUE})")
    private Path output;

    @Override
    public Integer call() {
        if (rows < 1) {
            throw new BadInputException("--rows is %d; wanted at least 1".formatted(rows));
        }
        try {
            new SampleGenerator(seed).writeTo(output, rows);
        } catch (IOException unwritable) {
            throw new BadInputException(
                    "cannot write --output %s (%s); give a file in a directory that is there"
                            .formatted(output, unwritable),
                    unwritable);
        }
        return ExitStatus.OK.code();
    }
}
