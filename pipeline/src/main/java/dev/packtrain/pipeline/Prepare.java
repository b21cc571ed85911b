package dev.packtrain.pipeline;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.clean.Cleaning;
import dev.packtrain.pipeline.clean.Removals;
import dev.packtrain.pipeline.commit.DataSetContent;
import dev.packtrain.pipeline.commit.DataSetShape;
import dev.packtrain.pipeline.commit.OutputDirectory;
import dev.packtrain.pipeline.encode.EncodingFiles;
import dev.packtrain.pipeline.encode.Overflow;
import dev.packtrain.pipeline.format.FormatChoice;
import dev.packtrain.pipeline.format.FormatDetector;
import dev.packtrain.pipeline.page.ReportPage;
import dev.packtrain.pipeline.source.FileKind;
import dev.packtrain.pipeline.source.InputFiles;
import dev.packtrain.pipeline.source.InputState;
import dev.packtrain.pipeline.source.MixedInput;
import dev.packtrain.pipeline.source.RejectReason;
import dev.packtrain.pipeline.source.RowInput;
import dev.packtrain.pipeline.stage.GroupSummary.StagedShard;
import dev.packtrain.pipeline.stage.PackingStage;
import dev.packtrain.pipeline.stage.StageTotals;
import dev.packtrain.pipeline.stats.Distribution;
import dev.packtrain.pipeline.template.DialogueTemplate;
import dev.packtrain.pipeline.template.DialogueTemplateSource;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import dev.packtrain.pipeline.tokenizer.Tokenizers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * From rows to a data set.
 *
 * <p>A row that cannot be used is put aside and never ends the run. The same input, options and tokenizer give the same
 * bytes of shards and manifest, however Spark distributes the work.
 */
public final class Prepare {
    private final SparkSession session;
    private final JavaSparkContext spark;
    private final InputOpener opener;
    private final PrepareOptions options;
    private final PrepareListener listener;
    private final Stopwatch stopwatch = new Stopwatch();
    private final Map<String, Distribution> distributions = new HashMap<>();

    private Prepare(SparkSession session, InputOpener opener, PrepareOptions options, PrepareListener listener) {
        this.session = session;
        this.spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        this.opener = opener;
        this.options = options;
        this.listener = new SerialListener(listener);
    }

    /** Finds the input and counts its rows. */
    private interface InputOpener {
        RowInput open(JavaSparkContext spark, SourceOptions source, BiConsumer<Integer, Integer> progress)
                throws IOException;
    }

    /**
     * Prepares a data set and returns its report, which is also written beside it.
     *
     * @throws BadInputException if something that was given is wrong; nothing is left behind then
     * @throws UncheckedIOException if a file system fails
     */
    public static PrepareReport run(SparkSession session, PrepareOptions options, PrepareListener listener) {
        long seed = options.seed();
        InputOpener opener = options.source().weights().isEmpty()
                ? RowInput::open
                : (spark, source, progress) -> openMix(spark, source, seed, progress);
        return run(new Prepare(session, opener, options, listener));
    }

    /**
     * Prepares a data set from the rows of a data frame, which must give the same rows in the same partitions each time
     * that it is read; write it to files first, or cache it, if it does not.
     *
     * @param options of which {@link SourceOptions#path} is what manifest and messages call the data frame; it starts
     *     with {@link FileKind#DATA_FRAME}
     * @throws BadInputException as {@link #run(SparkSession, PrepareOptions, PrepareListener)}
     */
    public static PrepareReport run(
            SparkSession session, Dataset<Row> rows, PrepareOptions options, PrepareListener listener) {
        InputOpener opener = (spark, source, progress) -> RowInput.of(rows, source, progress);
        return run(new Prepare(session, opener, options, listener));
    }

    private static RowInput openMix(
            JavaSparkContext spark, SourceOptions source, long seed, BiConsumer<Integer, Integer> progress)
            throws IOException {
        List<RowInput> inputs = new ArrayList<>();
        for (String path : source.paths()) {
            inputs.add(RowInput.open(spark, source.withPath(path), progress));
        }
        double[] weights =
                source.weights().stream().mapToDouble(Double::doubleValue).toArray();
        return new MixedInput(inputs, weights, seed);
    }

    private static PrepareReport run(Prepare job) {
        try {
            return job.run();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    private PrepareReport run() throws IOException {
        Configuration conf = spark.hadoopConfiguration();
        TokenizerFiles files = TokenizerFiles.read(Path.of(options.encode().tokenizerPath()));
        DialogueTemplateSource template =
                DialogueTemplateSource.resolve(options.encode().template(), files);
        // Compiled before anything is made: a template that cannot be used ends the run here.
        DialogueTemplate compiled = template == null ? null : template.compile();
        try (Tokenizer tokenizer = Tokenizers.load(files, options.encode().eosToken());
                OutputDirectory output = OutputDirectory.open(options.output(), conf)) {
            listener.notice("tokenizer", tokenizer.description());
            if (compiled != null) {
                listener.notice("template", compiled.description());
            }
            if (options.output().mode() == OutputMode.APPEND) {
                output.requireAppendable(shape(tokenizer), InputFiles.names(options.source(), conf));
            }
            InputState before = InputState.of(options.source(), conf);
            RowInput input = opener.open(
                    spark, options.source(), (done, total) -> listener.progress(PrepareStage.COUNTING, done, total));
            FormatChoice format = FormatDetector.detect(spark, options.source(), input);
            listener.notice("format", "%s: %s".formatted(format.format().key(), format.why()));
            PrepareOptions known = options.withFormat(format.format());
            output.requireAppendable(known.exampleKind());
            stopwatch.lap("counting");
            StageTotals totals = packUnchanged(before, known, input, new EncodingFiles(files, template), output);
            requireUsable(input, totals);
            return commit(known, output, input, totals, files, tokenizer);
        }
    }

    private StageTotals packUnchanged(
            InputState before, PrepareOptions known, RowInput input, EncodingFiles files, OutputDirectory output)
            throws IOException {
        StageTotals totals;
        try {
            totals = pack(known, input, files, output);
        } catch (Exception failed) {
            // Of a file that is shorter now a task says something else.
            before.requireUnchanged(failed);
            throw failed;
        }
        before.requireUnchanged(null);
        return totals;
    }

    private StageTotals pack(PrepareOptions known, RowInput input, EncodingFiles files, OutputDirectory output)
            throws IOException {
        try (Removals removals = Cleaning.run(session, input, known.source(), known.clean())) {
            if (known.clean().isOn()) {
                listener.notice("cleaning", removals.report().toSentence());
                distributions.putAll(removals.report().lengthsIn());
            }
            stopwatch.lap("cleaning");
            StageTotals totals = new PackingStage(spark, known, files, listener)
                    .run(input, removals, output.staging(), output.firstRow());
            stopwatch.lap("tokenizing_and_packing");
            return totals;
        }
    }

    private DataSetShape shape(Tokenizer tokenizer) {
        return new DataSetShape(
                tokenizer.sha256(),
                tokenizer.eosTokenId(),
                options.encode().maxLength(),
                options.packing().method());
    }

    private void requireUsable(RowInput input, StageTotals totals) {
        if (totals.rowsRead() != input.numRows()) {
            throw new BadInputException(
                    "%s had %d rows when they were counted and %d when they were read; run it again when nothing changes the files"
                            .formatted(options.source().path(), input.numRows(), totals.rowsRead()));
        }
        long tooLong = totals.rejectedByReason().getOrDefault(RejectReason.OVERFLOW, 0L);
        if (tooLong > 0 && options.encode().limits().overflow() == Overflow.ERROR) {
            throw new BadInputException(
                    "%d of %d rows of %s have more than max_length = %d tokens, and overflow is error; the first rejected: %s"
                            .formatted(
                                    tooLong,
                                    totals.rowsRead(),
                                    options.source().path(),
                                    options.encode().maxLength(),
                                    String.join(" | ", totals.firstRejects())));
        }
        boolean none = totals.rowsRejected() == totals.rowsRead();
        long bad = totals.rejectedByReason().entrySet().stream()
                .filter(each -> !each.getKey().isCleaning())
                .mapToLong(Map.Entry::getValue)
                .sum();
        double limit = options.source().maxRejected();
        if (none || bad > limit * totals.rowsRead()) {
            throw new BadInputException("%d of %d rows of %s cannot be used, %s; the first: %s"
                    .formatted(
                            none ? totals.rowsRejected() : bad,
                            totals.rowsRead(),
                            options.source().path(),
                            none ? "so that nothing is left" : "more than max_rejected = %s allows".formatted(limit),
                            String.join(" | ", totals.firstRejects())));
        }
    }

    private PrepareReport commit(
            PrepareOptions known,
            OutputDirectory output,
            RowInput input,
            StageTotals totals,
            TokenizerFiles files,
            Tokenizer tokenizer)
            throws IOException {
        Outcome outcome = new Outcome(known, totals);
        List<StagedShard> shards = totals.shards();
        Manifest manifest = outcome.manifest(tokenizer, input.fileNames(), output::shardName);
        StagedSamples samples = new StagedSamples(output.staging(), spark.hadoopConfiguration());
        PrepareReport report = outcome.report(
                tokenizer, samples.firstRejected(totals.rejectedFiles()), stopwatch.seconds(), distributions);
        String page = ReportPage.of(report, samples.packs(shards, tokenizer, options.seed(), output.firstPack()));
        int numFiles = shards.size() + totals.rejectedFiles().size();
        listener.progress(PrepareStage.COMMITTING, 0, numFiles);
        output.commit(
                new DataSetContent(
                        shards.stream().map(StagedShard::file).toList(),
                        totals.rejectedFiles(),
                        files,
                        totals.labelTokenCounts(),
                        Map.of(
                                PrepareReport.FILE_NAME,
                                report.toJson(),
                                ReportPage.FILE_NAME,
                                page,
                                ResolvedRecipe.FILE_NAME,
                                ResolvedRecipe.toJson(known)),
                        manifest),
                moved -> listener.progress(PrepareStage.COMMITTING, moved, numFiles));
        return report;
    }
}
