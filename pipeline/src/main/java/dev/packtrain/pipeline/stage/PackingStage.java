package dev.packtrain.pipeline.stage;

import dev.packtrain.pipeline.PrepareListener;
import dev.packtrain.pipeline.PrepareOptions;
import dev.packtrain.pipeline.PrepareStage;
import dev.packtrain.pipeline.source.PartitionJob;
import dev.packtrain.pipeline.source.RowInput;
import dev.packtrain.pipeline.tokenizer.ExecutorTokenizers;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.PairFlatMapFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;
import scala.Tuple2;

/**
 * Tokenises slice by slice, brings the rows of each group together in input order, packs every group and stages its
 * files.
 */
public final class PackingStage {
    private final JavaSparkContext spark;
    private final PrepareOptions options;
    private final TokenizerFiles tokenizer;
    private final PrepareListener listener;

    /** With the tokenizer that {@code options} name. */
    public PackingStage(
            JavaSparkContext spark, PrepareOptions options, TokenizerFiles tokenizer, PrepareListener listener) {
        this.spark = spark;
        this.options = options;
        this.tokenizer = tokenizer;
        this.listener = listener;
    }

    /**
     * Runs the job and waits for its end.
     *
     * @param staging directory that is there and empty
     * @return the summaries of all groups, added up
     */
    public StageTotals run(RowInput input, String staging) {
        Broadcast<SerializableConfiguration> conf = RowInput.broadcast(spark);
        Broadcast<TokenizerFiles> files = spark.broadcast(tokenizer);
        GroupPartitioner groups = new GroupPartitioner(options.packing().groupSize(), input.numRows());
        JavaPairRDD<Long, byte[]> grouped = input.rdd(spark)
                .mapPartitionsToPair(tokenize(options, files, conf))
                .repartitionAndSortWithinPartitions(groups);
        StageTotals totals = new StageTotals(groups.numPartitions());
        StageProgress progress = new StageProgress(listener);
        spark.sc().addSparkListener(progress);
        try {
            PartitionJob.run(grouped.rdd(), pack(staging, options, conf), (group, summary) -> {
                totals.add(summary);
                listener.progress(PrepareStage.PACKING, totals.numGroupsDone(), groups.numPartitions());
            });
            return totals;
        } finally {
            spark.sc().removeSparkListener(progress);
            files.destroy();
            conf.destroy();
        }
    }

    // Static, so that what goes to the executors is what they need and not this object.

    private static PairFlatMapFunction<Iterator<RowInput.NumberedSlice>, Long, byte[]> tokenize(
            PrepareOptions options, Broadcast<TokenizerFiles> files, Broadcast<SerializableConfiguration> conf) {
        return slice -> new TokenizeTask(
                RowInput.read(
                        slice, options.source().maxRowBytes(), conf.value().value()),
                options.source(),
                options.encode(),
                ExecutorTokenizers.get(files.value(), options.encode().eosToken()));
    }

    private static PartitionJob.Task<Tuple2<Long, byte[]>, GroupSummary> pack(
            String staging, PrepareOptions options, Broadcast<SerializableConfiguration> conf) {
        return rows -> {
            TaskContext task = TaskContext.get();
            return new GroupTask(
                            staging,
                            options.packing(),
                            options.encode().maxLength(),
                            conf.value().value())
                    .run(task.partitionId(), task.taskAttemptId(), rows);
        };
    }
}
