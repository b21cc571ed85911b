package dev.packtrain.jobs.plan;

import dev.packtrain.training.mesh.DeviceMesh;

/**
 * What a plan assumes of the machines. All of it is an assumption, and printed as one.
 *
 * @param gpus processes
 * @param gpusPerHost of which the ranks of a tensor group are
 * @param memoryBytes of a GPU
 * @param reservedBytes that the driver, libtorch's context and gaps between tensors take
 * @param flops a GPU's peak in matrix products of the recipe's dtype, per second
 * @param mfu share of it that training reaches
 * @param linkBytes a GPU sends to others of its host, per second
 * @param networkBytes a GPU sends to other hosts, per second
 */
public record Machines(
        int gpus,
        int gpusPerHost,
        double memoryBytes,
        double reservedBytes,
        double flops,
        double mfu,
        double linkBytes,
        double networkBytes) {
    /** How fast a rank sends along an axis: as its group's slowest link. */
    double bandwidth(DeviceMesh mesh, String axis) {
        int reach =
                switch (axis) {
                    case "tensor" -> mesh.tensor();
                    case "shard" -> mesh.tensor() * mesh.shard();
                    default -> mesh.worldSize();
                };
        return reach <= gpusPerHost ? linkBytes : networkBytes;
    }

    /** What a rank may take. */
    double usableBytes() {
        return memoryBytes - reservedBytes;
    }
}
