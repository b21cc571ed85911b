package dev.packtrain.training.mesh;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.ParallelOptions;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The ranks of a run as a grid with three axes. Rank {@code (d · shard + s) · tensor + t} has the coordinates
 * {@code d, s, t}: ranks of a tensor group are consecutive, so they can be placed on one host.
 *
 * <p>Packs are divided over the <em>data ranks</em>, which are data × shard: the ranks of a tensor group share a data rank
 * and read the same packs.
 *
 * @param data replicas of the trained state
 * @param shard ranks over which ZeRO spreads a replica's state
 * @param tensor ranks over which every layer is spread
 */
public record DeviceMesh(int data, int shard, int tensor) {
    /** One process. */
    public static final DeviceMesh ONE = new DeviceMesh(1, 1, 1);

    public DeviceMesh {
        if (data < 1 || shard < 1 || tensor < 1) {
            throw new IllegalArgumentException(
                    "wanted at least 1 along every axis, got %d × %d × %d".formatted(data, shard, tensor));
        }
    }

    /**
     * The grid that a recipe asks for.
     *
     * @param worldSize number of processes
     * @throws BadInputException if the degrees do not multiply to it
     */
    public static DeviceMesh of(int worldSize, ParallelOptions options) {
        int tensor = options.tensorParallelDegree();
        if (worldSize % tensor != 0) {
            throw new BadInputException(
                    "tensor_parallel_degree is %d, which does not divide the %d process%s of this run; wanted one of %s, or another number of executors."
                            .formatted(tensor, worldSize, worldSize == 1 ? "" : "es", divisors(worldSize)));
        }
        int rest = worldSize / tensor;
        boolean shards = options.sharding() != ParallelOptions.Sharding.NONE;
        int asked = options.shardingParallelDegree();
        int shard = asked == ParallelOptions.ALL_RANKS ? (shards ? rest : 1) : asked;
        if (rest % shard != 0) {
            throw new BadInputException(
                    "sharding_parallel_degree is %d, which does not divide %d (%d processes, tensor_parallel_degree %d); wanted one of %s, or -1 for all."
                            .formatted(shard, rest, worldSize, tensor, divisors(rest)));
        }
        if (shards && shard == 1 && options.offload() == ParallelOptions.Offload.NONE) {
            throw new BadInputException(
                    "sharding is %s, but with %d process%s and tensor_parallel_degree %d there is nothing to shard over; start more executors, or leave sharding out."
                            .formatted(
                                    options.sharding().name().toLowerCase(Locale.ROOT),
                                    worldSize,
                                    worldSize == 1 ? "" : "es",
                                    tensor));
        }
        return new DeviceMesh(rest / shard, shard, tensor);
    }

    private static List<Integer> divisors(int number) {
        return IntStream.rangeClosed(1, number)
                .filter(d -> number % d == 0)
                .boxed()
                .toList();
    }

    /** Where a rank stands. */
    public record Coordinates(int data, int shard, int tensor) {}

    /** Number of ranks. */
    public int worldSize() {
        return data * shard * tensor;
    }

    /** Number of ranks that read different packs. */
    public int numDataRanks() {
        return data * shard;
    }

    /** Which part of the global batch a rank reads, 0-based. */
    public int dataRank(int rank) {
        return rank / tensor;
    }

    /** Where a rank stands. */
    public Coordinates of(int rank) {
        return new Coordinates(rank / tensor / shard, rank / tensor % shard, rank % tensor);
    }

    /** The ranks that differ from {@code rank} along the tensor axis only, in order, with {@code rank} itself. */
    public List<Integer> tensorGroup(int rank) {
        return every(1, tensor, rank - rank % tensor);
    }

    /** The same along the shard axis. */
    public List<Integer> shardGroup(int rank) {
        Coordinates at = of(rank);
        return every(tensor, shard, at.data() * shard * tensor + at.tensor());
    }

    /** The same along the data axis. */
    public List<Integer> dataGroup(int rank) {
        return every(shard * tensor, data, rank % (shard * tensor));
    }

    /** The same along the data and the shard axis: over all data ranks. */
    public List<Integer> batchGroup(int rank) {
        return every(tensor, data * shard, rank % tensor);
    }

    private static List<Integer> every(int stride, int count, int first) {
        return IntStream.range(0, count).mapToObj(i -> first + i * stride).toList();
    }

    /** A rank for people, as {@code rank 5 dp=1 shard=0 tp=1}; axes of length 1 are left out. */
    public String describe(int rank) {
        Coordinates at = of(rank);
        StringBuilder text = new StringBuilder("rank ").append(rank);
        append(text, " dp=", data, at.data());
        append(text, " shard=", shard, at.shard());
        append(text, " tp=", tensor, at.tensor());
        return text.toString();
    }

    private static void append(StringBuilder text, String name, int size, int at) {
        if (size > 1) {
            text.append(name).append(at);
        }
    }
}
