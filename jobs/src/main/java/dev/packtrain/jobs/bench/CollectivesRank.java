package dev.packtrain.jobs.bench;

import dev.packtrain.training.collectives.GroupFactory;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.RankStore;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.TCPStore;
import org.bytedeco.pytorch.TCPStoreOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch_gloo;

/**
 * One rank of {@link BenchCollectives}, a process of its own. Each round does every operation once by every way, so they
 * share whatever else the machine does.
 */
final class CollectivesRank {
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    private static final String HOST = "127.0.0.1";
    private static final String[] OPERATIONS = {"all-reduce", "reduce-scatter", "all-gather"};

    private final int rank;
    private final int size;
    private final int rounds;

    private CollectivesRank(int rank, int size, int rounds) {
        this.rank = rank;
        this.size = size;
        this.rounds = rounds;
    }

    /** Usage: rank, size, rounds, port of the store, port of the peer's store (both 0 for rank 0), megabytes... */
    public static void main(String[] args) {
        TorchRuntime.start(1);
        int rank = Integer.parseInt(args[0]);
        int size = Integer.parseInt(args[1]);
        RankStore store = rank == 0
                ? RankStore.listen(HOST, TIMEOUT)
                : RankStore.connect(HOST, Integer.parseInt(args[3]), TIMEOUT);
        TCPStore peerStore = new TCPStore(
                HOST,
                new TCPStoreOptions()
                        .isServer(rank == 0)
                        .port((short) Integer.parseInt(args[4]))
                        .waitWorkers(false)
                        .timeout(new Milliseconds(TIMEOUT.toMillis())));
        say("ports %d %d", store.port(), Short.toUnsignedInt(peerStore.getPort()));
        try (GroupFactory factory = GroupFactory.of(store, rank, size, HOST, ComputeDevice.CPU, TIMEOUT)) {
            CollectivesRank here = new CollectivesRank(rank, size, Integer.parseInt(args[2]));
            List<Integer> ranks = IntStream.range(0, size).boxed().toList();
            ProcessGroup shared = factory.world();
            ProcessGroup tcp = factory.overTcp().group("tcp", ranks);
            ProcessGroupGloo gloo = gloo(peerStore, rank, size);
            for (int i = 5; i < args.length; i++) {
                here.measure(Integer.parseInt(args[i]), shared, tcp, gloo);
            }
            shared.barrier("end");
        }
    }

    private static ProcessGroupGloo gloo(TCPStore store, int rank, int size) {
        Loader.load(torch_gloo.class);
        ProcessGroupGloo.Options options = new ProcessGroupGloo.Options(new Milliseconds(TIMEOUT.toMillis()));
        options.devices(new GlooDeviceVector(ProcessGroupGloo.createDeviceForHostname(HOST)));
        return new ProcessGroupGloo(store, rank, size, options);
    }

    private static void say(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    private void measure(int kilobytes, ProcessGroup shared, ProcessGroup tcp, ProcessGroupGloo gloo) {
        long part = Math.max(1, 256L * kilobytes / size);
        TensorScope.run(() -> {
            Tensor whole = torch.ones(part * size);
            Tensor piece = torch.ones(part);
            Map<String, double[]> millis = new LinkedHashMap<>();
            for (int round = -2; round < rounds; round++) {
                for (String operation : OPERATIONS) {
                    note(
                            millis,
                            operation,
                            "shared memory",
                            round,
                            time(shared, () -> run(shared, operation, whole, piece)));
                    note(millis, operation, "TCP", round, time(shared, () -> run(tcp, operation, whole, piece)));
                    note(millis, operation, "Gloo", round, time(shared, () -> run(gloo, operation, whole, piece)));
                }
            }
            if (rank == 0) {
                millis.forEach((key, values) -> say("%d\t%s\t%s", kilobytes, key, BenchFigures.median(values)));
            }
        });
    }

    private void note(Map<String, double[]> millis, String operation, String way, int round, double time) {
        if (round >= 0) {
            millis.computeIfAbsent(operation + "\t" + way, key -> new double[rounds])[round] = time;
        }
    }

    private static double time(ProcessGroup group, Runnable body) {
        group.barrier("round");
        long start = System.nanoTime();
        TensorScope.run(body);
        return (System.nanoTime() - start) / 1e6;
    }

    private static void run(ProcessGroup group, String operation, Tensor whole, Tensor piece) {
        switch (operation) {
            case "all-reduce" -> group.allReduceSum(whole, operation);
            case "reduce-scatter" -> group.reduceScatterSum(whole, piece, operation);
            default -> group.allGather(piece, whole, operation);
        }
    }

    private static void run(ProcessGroupGloo gloo, String operation, Tensor whole, Tensor piece) {
        switch (operation) {
            case "all-reduce" -> gloo.allreduce(new TensorVector(whole))._wait();
            case "reduce-scatter" -> gloo._reduce_scatter_base(piece, whole)._wait();
            default -> gloo._allgather_base(whole, piece)._wait();
        }
    }
}
