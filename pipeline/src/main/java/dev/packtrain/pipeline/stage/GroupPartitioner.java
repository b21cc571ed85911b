package dev.packtrain.pipeline.stage;

import org.apache.spark.Partitioner;

/** One partition a group: consecutive row numbers, so that a group never depends on how the input was cut. */
final class GroupPartitioner extends Partitioner {
    private final int groupSize;
    private final int numGroups;

    GroupPartitioner(int groupSize, long numRows) {
        this.groupSize = groupSize;
        this.numGroups = Math.toIntExact((numRows + groupSize - 1) / groupSize);
    }

    @Override
    public int numPartitions() {
        return numGroups;
    }

    @Override
    public int getPartition(Object rowNumber) {
        return (int) ((Long) rowNumber / groupSize);
    }
}
