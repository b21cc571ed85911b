package dev.packtrain.training.shard;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import java.nio.file.Path;

/**
 * How a model's trained state is spread.
 *
 * @param groups the ranks
 * @param stage what is spread over the shard axis
 * @param offload where it lies between uses
 * @param offloadDir for {@link Offload#DISK}: a directory of this rank, which exists; else not looked at
 * @param passesInStep backward passes of a rank in one step, at most
 * @param bucketElements elements that are sent and updated at a time
 */
public record ShardingPlan(
        MeshGroups groups, Sharding stage, Offload offload, Path offloadDir, int passesInStep, long bucketElements) {
    /** 32 MiB of bf16: large beside what a collective costs to start, small beside a block of a large model. */
    public static final long BUCKET_ELEMENTS = 1L << 24;

    /** With buckets of the usual size. */
    public ShardingPlan(MeshGroups groups, Sharding stage, Offload offload, Path offloadDir, int passesInStep) {
        this(groups, stage, offload, offloadDir, passesInStep, BUCKET_ELEMENTS);
    }

    /**
     * Refuses what would not do what it says.
     *
     * @throws BadInputException if there is nothing to offload, or it would go where it is
     */
    public static void check(Sharding stage, Offload offload, ComputeDevice device) {
        if (offload != Offload.NONE && stage == Sharding.NONE) {
            throw new BadInputException(
                    "offload is %s, but sharding is not set; set sharding to stage1, stage2 or stage3, or leave offload out."
                            .formatted(offload == Offload.HOST ? "host" : "disk"));
        }
        if (offload == Offload.HOST && device.kind() == ComputeDevice.Kind.CPU) {
            throw new BadInputException(
                    "offload to the host's memory saves nothing with device cpu, where everything is in that memory; offload to disk, or leave offload out.");
        }
    }

    /** Whether every rank needs the sums of gradients whole. */
    boolean keepsGradientsWhole() {
        return stage == Sharding.NONE || stage == Sharding.STAGE1;
    }

    boolean spreadsWeights() {
        return stage == Sharding.STAGE3;
    }

    /** Elements of a bucket: everything at once where nothing is spread. */
    long bucket() {
        return groups.shard().size() == 1 && offload == Offload.NONE ? Long.MAX_VALUE : bucketElements;
    }
}
