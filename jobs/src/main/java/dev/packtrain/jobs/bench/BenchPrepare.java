package dev.packtrain.jobs.bench;

import dev.packtrain.jobs.session.RunLog;
import dev.packtrain.jobs.session.SparkSessions;
import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.PackingMethod;
import dev.packtrain.pipeline.EncodeOptions;
import dev.packtrain.pipeline.OutputOptions;
import dev.packtrain.pipeline.PackOptions;
import dev.packtrain.pipeline.Prepare;
import dev.packtrain.pipeline.PrepareListener;
import dev.packtrain.pipeline.PrepareOptions;
import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.encode.LengthLimits;
import dev.packtrain.pipeline.sample.SampleGenerator;
import dev.packtrain.pipeline.tokenizer.BpeTrainer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Times {@code prepare} on generated rows after Spark's start-up, best-fit-decreasing. With {@code --work_dir} the rows and the tokenizer
 * stay there, for {@code docs/benchmarks/peer_prepare.py} to use.
 */
@Command(
        name = "prepare",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Times reading, tokenising, packing and committing generated rows.")
final class BenchPrepare implements Callable<Integer> {
    private static final int TOKENIZER_ROWS = 5_000;

    @Option(names = "--rows", defaultValue = "100000", description = "default: ${DEFAULT-VALUE}")
    private long rows;

    @Option(names = "--max_length", defaultValue = "1024", description = "default: ${DEFAULT-VALUE}")
    private int maxLength;

    @Option(names = "--vocab_size", defaultValue = "8000", description = "default: ${DEFAULT-VALUE}")
    private int vocabSize;

    @Option(names = "--seed", defaultValue = "42", description = "default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(names = "--master", paramLabel = "URL", description = "a Spark master (default: inside this process)")
    private String master;

    @Option(
            names = "--work_dir",
            paramLabel = "DIR",
            description = "keep rows.jsonl and tokenizer/ here (default: temporary)")
    private Path workDir;

    @Option(names = "--json", paramLabel = "FILE", description = "write the figures here too")
    private Path json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        RunLog.open("bench", false);
        Path scratch = Files.createTempDirectory("packtrain-bench-");
        SparkSession spark = SparkSessions.open("packtrain bench prepare", master, 0);
        try {
            measure(spark, workDir == null ? scratch : Files.createDirectories(workDir), scratch.resolve("data"))
                    .report(System.out, json);
        } finally {
            spark.stop();
            delete(scratch);
        }
        return spec.exitCodeOnSuccess();
    }

    private BenchFigures measure(SparkSession spark, Path work, Path output) throws IOException {
        Path data = work.resolve("rows.jsonl");
        new SampleGenerator(seed).writeTo(data, rows);
        Path some = output.resolveSibling("tokenizer-rows.jsonl");
        new SampleGenerator(seed).writeTo(some, Math.min(rows, TOKENIZER_ROWS));
        Path tokenizer = work.resolve("tokenizer");
        BpeTrainer.train(spark, SourceOptions.of(some.toString()), vocabSize).writeTo(tokenizer);

        long start = System.nanoTime();
        PrepareReport report = Prepare.run(spark, options(data, tokenizer, output), PrepareListener.NONE);
        double seconds = (System.nanoTime() - start) / 1e9;
        Manifest.Counts counts = report.counts();
        long fewest = (counts.tokens() + maxLength - 1) / maxLength;
        return new BenchFigures()
                .put("rows", counts.rowsRead())
                .put("rows_kept", counts.rowsKept())
                .put("tokens", counts.tokens())
                .put("bytes", Files.size(data))
                .put("cores", Runtime.getRuntime().availableProcessors())
                .put("max_length", maxLength)
                .put("seconds", seconds)
                .put("rows_per_second", counts.rowsRead() / seconds)
                .put("packs", counts.packs())
                .put("packs_lower_bound", fewest)
                .put("padding_ratio", 1 - counts.tokens() / ((double) counts.packs() * maxLength))
                .put("padding_ratio_lower_bound", 1 - counts.tokens() / ((double) fewest * maxLength));
    }

    private PrepareOptions options(Path data, Path tokenizer, Path output) {
        return new PrepareOptions(
                SourceOptions.of(data.toString()),
                EncodeOptions.of(
                        tokenizer.toString(), Math.min(LengthLimits.DEFAULT_SRC_LENGTH, maxLength / 2), maxLength),
                PackOptions.of(PackingMethod.BEST_FIT_DECREASING),
                OutputOptions.of(output.toString()),
                seed);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.delete(file);
            }
        }
    }
}
