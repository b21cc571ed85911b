package dev.packtrain.pipeline.stage;

import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.PrepareListener;
import dev.packtrain.pipeline.PrepareOptions;
import dev.packtrain.pipeline.PrepareStage;
import dev.packtrain.pipeline.source.PartitionJob;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.SerializableConfiguration;

/** Packs what the groups of rows carried, level by level, until nothing is carried. */
final class CarryLevels {
    private final JavaSparkContext spark;
    private final PrepareOptions options;
    private final PrepareListener listener;
    private final Broadcast<SerializableConfiguration> conf;

    CarryLevels(
            JavaSparkContext spark,
            PrepareOptions options,
            PrepareListener listener,
            Broadcast<SerializableConfiguration> conf) {
        this.spark = spark;
        this.options = options;
        this.listener = listener;
        this.conf = conf;
    }

    /** Adds the shards of all levels to the totals of the groups of rows. */
    void run(StageTotals totals, String staging) {
        int firstNumber = totals.numGroups();
        for (int bucket = 0; bucket < options.packing().numBuckets(); bucket++) {
            firstNumber = run(totals, staging, bucket, firstNumber);
        }
    }

    /** The same for one length bucket; returns the number of the next group. */
    private int run(StageTotals totals, String staging, int bucket, int firstNumber) {
        int number = firstNumber;
        List<CarriedFile> carried = totals.carried(bucket);
        CarryLevel level = CarryLevel.above(carried, number, options.packing().groupSize());
        while (!level.groups().isEmpty()) {
            List<PackWriter.Staged> staged = pack(level.groups(), staging, bucket);
            staged.stream()
                    .map(PackWriter.Staged::shard)
                    .filter(Objects::nonNull)
                    .forEach(totals::addHigher);
            number += staged.size();
            carried = new ArrayList<>();
            for (PackWriter.Staged group : staged) {
                carried.add(group.carried());
            }
            level = CarryLevel.above(carried, number, options.packing().groupSize());
        }
        return number;
    }

    private List<PackWriter.Staged> pack(List<CarryLevel.CarryGroup> groups, String staging, int bucket) {
        PackWriter.Staged[] staged = new PackWriter.Staged[groups.size()];
        int[] numDone = {0};
        listener.progress(PrepareStage.CARRYING, 0, staged.length);
        PartitionJob.run(
                spark.parallelize(groups, groups.size()).rdd(),
                task(staging, bucket, options, conf),
                (group, result) -> {
                    staged[group] = result;
                    listener.progress(PrepareStage.CARRYING, ++numDone[0], staged.length);
                });
        return Arrays.asList(staged);
    }

    private static PartitionJob.Task<CarryLevel.CarryGroup, PackWriter.Staged> task(
            String staging, int bucket, PrepareOptions options, Broadcast<SerializableConfiguration> conf) {
        return group ->
                pack(group.next(), staging, bucket, options, conf.value().value());
    }

    private static PackWriter.Staged pack(
            CarryLevel.CarryGroup group, String staging, int bucket, PrepareOptions options, Configuration conf)
            throws IOException {
        PackWriter writer = new PackWriter(staging, options, conf);
        List<TokenizedExample> examples = new ArrayList<>();
        for (CarryLevel.Part part : group.parts()) {
            try (InputStream file = writer.open(part.file().file())) {
                CarriedFile.read(file, part.from(), part.to(), examples);
            }
        }
        String name = "group-%05d-attempt-%d"
                .formatted(group.number(), TaskContext.get().taskAttemptId());
        return writer.write(name, examples, bucket, group.number(), group.last());
    }
}
