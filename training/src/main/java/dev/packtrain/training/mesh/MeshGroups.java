package dev.packtrain.training.mesh;

import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.SingleProcessGroup;
import java.util.List;

/**
 * The process groups that one rank belongs to. Groups of one rank do nothing; groups of the same ranks are one group.
 *
 * @param mesh the grid
 * @param world all ranks
 * @param tensor ranks that share layers
 * @param shard ranks that share the state of a replica
 * @param data ranks that hold the same part of the state, in different replicas
 * @param batch data ranks: ranks whose gradients are of different packs
 */
public record MeshGroups(
        DeviceMesh mesh,
        ProcessGroup world,
        ProcessGroup tensor,
        ProcessGroup shard,
        ProcessGroup data,
        ProcessGroup batch)
        implements AutoCloseable {
    /** Makes a group of ranks of the world; every rank asks for all groups that it is in, in the same order. */
    @FunctionalInterface
    public interface GroupMaker {
        /**
         * A group.
         *
         * @param name such as {@code "tensor"}, for error messages
         * @param ranks of the world, rising, with this one
         */
        ProcessGroup make(String name, List<Integer> ranks);
    }

    /** One process alone. */
    public static MeshGroups single() {
        ProcessGroup one = new SingleProcessGroup();
        return new MeshGroups(DeviceMesh.ONE, one, one, one, one, one);
    }

    /**
     * Joins the groups of a rank.
     *
     * @param world all ranks, {@code mesh.worldSize()} of them
     * @param maker of groups of two ranks and more
     */
    public static MeshGroups join(DeviceMesh mesh, ProcessGroup world, GroupMaker maker) {
        int rank = world.rank();
        ProcessGroup tensor = group("tensor", mesh.tensorGroup(rank), world, maker);
        ProcessGroup shard = group("shard", mesh.shardGroup(rank), world, maker);
        ProcessGroup data = group("data", mesh.dataGroup(rank), world, maker);
        ProcessGroup batch = mesh.data() == 1
                ? shard
                : mesh.shard() == 1 ? data : group("batch", mesh.batchGroup(rank), world, maker);
        return new MeshGroups(mesh, world, tensor, shard, data, batch);
    }

    private static ProcessGroup group(String name, List<Integer> ranks, ProcessGroup world, GroupMaker maker) {
        if (ranks.size() == 1) {
            return new SingleProcessGroup();
        }
        return ranks.size() == world.size() ? world : maker.make(name, ranks);
    }

    /** Where this rank stands. */
    public DeviceMesh.Coordinates coordinates() {
        return mesh.of(world.rank());
    }

    /** Leaves all groups, the world last; one that stands for several is left once. */
    @Override
    public void close() {
        List.of(batch, data, shard, tensor).stream()
                .distinct()
                .filter(group -> group != world)
                .forEach(ProcessGroup::close);
        world.close();
    }
}
