package dev.packtrain.pipeline.stage;

import dev.packtrain.pipeline.PrepareListener;
import dev.packtrain.pipeline.PrepareOptions;
import dev.packtrain.pipeline.PrepareStage;
import dev.packtrain.pipeline.clean.Removals;
import dev.packtrain.pipeline.encode.EncodingFiles;
import dev.packtrain.pipeline.source.GroupBounds;
import dev.packtrain.pipeline.source.PartitionJob;
import dev.packtrain.pipeline.source.RowInput;
import dev.packtrain.pipeline.tokenizer.ExecutorTokenizers;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/**
 * Reads, tokenises and packs the groups of the input, one task a group, then packs what they carried, and stages all
 * files.
 */
public final class PackingStage {
    private final JavaSparkContext spark;
    private final PrepareOptions options;
    private final EncodingFiles encoding;
    private final PrepareListener listener;

    /** With the files that {@code options} name. */
    public PackingStage(
            JavaSparkContext spark, PrepareOptions options, EncodingFiles encoding, PrepareListener listener) {
        this.spark = spark;
        this.options = options;
        this.encoding = encoding;
        this.listener = listener;
    }

    /**
     * Runs the job and waits for its end.
     *
     * @param removals what cleaning takes out of the input
     * @param staging directory that is there and empty
     * @param firstRow number that the first row gets in the data set
     * @return the summaries of all groups, added up
     */
    public StageTotals run(RowInput input, Removals removals, String staging, long firstRow) {
        Broadcast<SerializableConfiguration> conf = RowInput.broadcast(spark);
        Broadcast<EncodingFiles> files = spark.broadcast(encoding);
        JavaRDD<CleanedRow> groups = CleanedRow.groups(
                spark, input, GroupBounds.ofRows(options.packing().groupSize()), removals);
        int numGroups = groups.getNumPartitions();
        StageTotals totals = new StageTotals(numGroups);
        StageProgress progress = new StageProgress(listener);
        spark.sc().addSparkListener(progress);
        try {
            listener.progress(PrepareStage.PACKING, 0, numGroups);
            boolean only = numGroups == 1;
            PartitionJob.run(groups.rdd(), pack(staging, firstRow, only, options, files, conf), (group, summary) -> {
                totals.add(summary);
                listener.progress(PrepareStage.PACKING, totals.numGroupsDone(), numGroups);
            });
            new CarryLevels(spark, options, listener, conf).run(totals, staging);
            return totals;
        } finally {
            spark.sc().removeSparkListener(progress);
            files.destroy();
            conf.destroy();
        }
    }

    // Static, so that what goes to the executors is what they need and not this object.
    private static PartitionJob.Task<CleanedRow, GroupSummary> pack(
            String staging,
            long firstRow,
            boolean last,
            PrepareOptions options,
            Broadcast<EncodingFiles> files,
            Broadcast<SerializableConfiguration> conf) {
        return rows -> {
            TaskContext task = TaskContext.get();
            Tokenizer tokenizer = ExecutorTokenizers.get(
                    files.value().tokenizer(), options.encode().eosToken());
            RowEncoder encoder =
                    new RowEncoder(options, tokenizer, files.value().template(), firstRow);
            PackWriter writer = new PackWriter(staging, options, conf.value().value());
            return new GroupTask(encoder, writer, options.encode().maxLength())
                    .run(task.partitionId(), task.taskAttemptId(), last, rows);
        };
    }
}
