package dev.packtrain.jobs.bench;

import com.sun.management.OperatingSystemMXBean;
import dev.packtrain.jobs.exit.Scratch;
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
import dev.packtrain.pipeline.tokenizer.BpeTrainer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Times {@code prepare} after Spark's start-up, on generated rows or on shuffled copies of given ones. With {@code --work_dir} the
 * rows and the tokenizer stay there, for {@code docs/benchmarks/peer_prepare.py} to use.
 */
@Command(
        name = "prepare",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Times reading, tokenising, packing and committing rows; shows padding beside its bound, and memory.")
final class BenchPrepare implements Callable<Integer> {
    private static final int TOKENIZER_ROWS = 5_000;

    @Option(names = "--rows", defaultValue = "100000", description = "rows to generate (default: ${DEFAULT-VALUE})")
    private long rows;

    @Option(names = "--source", paramLabel = "FILE", description = "JSON lines to copy instead")
    private Path source;

    @Option(
            names = "--copies",
            defaultValue = "1",
            description = "shuffled copies of --source (default: ${DEFAULT-VALUE})")
    private int copies;

    @Option(
            names = "--scale",
            split = ",",
            paramLabel = "ROWS",
            description = "measure these numbers of rows one after the other, such as 1000000,10000000")
    private List<Long> scale;

    @Option(names = "--max_length", defaultValue = "1024", description = "default: ${DEFAULT-VALUE}")
    private int maxLength;

    @Option(
            names = "--packing",
            paramLabel = "METHOD",
            defaultValue = "pattern",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})",
            converter = Method.class,
            completionCandidates = Method.class)
    private PackingMethod packing;

    @Option(
            names = "--tokenizer_name_or_path",
            paramLabel = "DIR",
            description = "a tokenizer (default: one that is trained on the rows)")
    private Path tokenizer;

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

    /** Packing methods as the manifest writes them. */
    static final class Method implements ITypeConverter<PackingMethod>, Iterable<String> {
        @Override
        public PackingMethod convert(String name) {
            return PackingMethod.valueOf(name.toUpperCase(Locale.ROOT));
        }

        @Override
        public Iterator<String> iterator() {
            return Arrays.stream(PackingMethod.values())
                    .map(method -> method.name().toLowerCase(Locale.ROOT))
                    .iterator();
        }
    }

    @Override
    public Integer call() throws IOException {
        try (Scratch scratch = Scratch.temporary(BenchCommand.FOLDER_PREFIX)) {
            SparkSession spark = SparkSessions.open("packtrain bench prepare", master, 0);
            try {
                Path work = workDir == null ? scratch.path() : Files.createDirectories(workDir);
                BenchFigures figures = new BenchFigures();
                for (long numRows : scale == null ? List.of(rows) : scale) {
                    String prefix = scale == null ? "" : numRows + "_rows_";
                    measure(spark, work, numRows, scratch.path(), prefix, figures);
                }
                figures.report(System.out, json);
            } finally {
                spark.stop();
            }
        }
        return spec.exitCodeOnSuccess();
    }

    private void measure(SparkSession spark, Path work, long numRows, Path scratch, String prefix, BenchFigures figures)
            throws IOException {
        Path data = work.resolve("rows.jsonl");
        if (source == null) {
            BenchRows.generate(data, numRows, seed);
        } else {
            BenchRows.copies(data, source, scale == null ? copies : copiesFor(numRows), seed);
        }
        Path vocabulary = tokenizer == null ? trainTokenizer(spark, work, scratch) : tokenizer;
        Path output = scratch.resolve("data");
        long start = System.nanoTime();
        long cpuStart = cpuNanos();
        try (MemoryPeak memory = MemoryPeak.watch()) {
            PrepareReport report = Prepare.run(spark, options(data, vocabulary, output), PrepareListener.NONE);
            double seconds = (System.nanoTime() - start) / 1e9;
            add(figures, prefix, report, seconds, Files.size(data));
            figures.put(prefix + "cpu_seconds", (cpuNanos() - cpuStart) / 1e9)
                    .put(prefix + "max_heap_bytes", Runtime.getRuntime().maxMemory())
                    .put(prefix + "peak_heap_after_gc_bytes", memory.heapBytes())
                    .put(prefix + "peak_rss_bytes", memory.residentBytes());
        }
        Scratch.delete(output);
    }

    /** How many copies of the source have so many rows, or as nearly as whole copies can. */
    private int copiesFor(long numRows) throws IOException {
        try (Stream<String> lines = Files.lines(source)) {
            return Math.toIntExact(Math.max(1, numRows / Math.max(1, lines.count())));
        }
    }

    /** Processor time of this process, which does not depend on what else the machine does. */
    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
    }

    private Path trainTokenizer(SparkSession spark, Path work, Path scratch) throws IOException {
        Path trained = work.resolve("tokenizer");
        if (!Files.exists(trained.resolve("tokenizer.json"))) {
            Path some = scratch.resolve("tokenizer-rows.jsonl");
            if (source == null) {
                BenchRows.generate(some, Math.min(rows, TOKENIZER_ROWS), seed);
            } else {
                Files.copy(source, some);
            }
            BpeTrainer.train(spark, SourceOptions.of(some.toString()), vocabSize)
                    .writeTo(trained);
        }
        return trained;
    }

    private void add(BenchFigures figures, String prefix, PrepareReport report, double seconds, long bytes) {
        Manifest.Counts counts = report.counts();
        long fewest = (counts.tokens() + maxLength - 1) / maxLength;
        figures.put(prefix + "rows", counts.rowsRead())
                .put(prefix + "rows_kept", counts.rowsKept())
                .put(prefix + "tokens", counts.tokens())
                .put(prefix + "bytes", bytes)
                .put(prefix + "cores", Runtime.getRuntime().availableProcessors())
                .put(prefix + "max_length", maxLength)
                .put(prefix + "seconds", seconds)
                .put(prefix + "rows_per_second", counts.rowsRead() / seconds)
                .put(prefix + "tokens_per_second", counts.tokens() / seconds)
                .put(prefix + "packs", counts.packs())
                .put(prefix + "packs_lower_bound", fewest)
                .put(prefix + "padding_ratio", 1 - counts.tokens() / ((double) counts.packs() * maxLength))
                .put(prefix + "padding_ratio_lower_bound", 1 - counts.tokens() / ((double) fewest * maxLength));
        report.seconds().forEach((stage, each) -> figures.put(prefix + "seconds_" + stage, each));
    }

    private PrepareOptions options(Path data, Path tokenizer, Path output) {
        return new PrepareOptions(
                SourceOptions.of(data.toString()),
                EncodeOptions.of(
                        tokenizer.toString(), Math.min(LengthLimits.DEFAULT_SRC_LENGTH, maxLength / 2), maxLength),
                PackOptions.of(packing),
                OutputOptions.of(output.toString()),
                seed);
    }
}
