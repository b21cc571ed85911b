package dev.packtrain.training.collectives;

import dev.packtrain.training.ChildJvm;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** A rank that is a process of its own: it adds numbers up until a peer is lost, and prints how that went. */
final class RankChild implements AutoCloseable {
    private static final Duration TIMEOUT = Duration.ofMinutes(5);
    private static final String HOST = "127.0.0.1";

    private final Process process;
    private final BufferedReader lines;

    private RankChild(Process process) {
        this.process = process;
        this.lines = process.inputReader(StandardCharsets.UTF_8);
    }

    /**
     * Starts one.
     *
     * @param port of rank 0's store; 0 for rank 0 itself
     * @param tcp whether to use TCP
     */
    static RankChild start(int rank, int size, int port, boolean tcp, Path errors) throws IOException {
        return start(List.of(), HOST, HOST, List.of(rank, size, port), tcp, errors);
    }

    /**
     * Starts one anywhere.
     *
     * @param where beginning of the command line
     * @param storeHost address of rank 0
     * @param host address of this rank
     * @param numbers rank, number of ranks, and port of rank 0's store, 0 for rank 0 itself
     */
    static RankChild start(
            List<String> where, String storeHost, String host, List<Integer> numbers, boolean tcp, Path errors)
            throws IOException {
        List<Object> arguments = new ArrayList<>(List.of(storeHost, host, tcp));
        arguments.addAll(numbers);
        ProcessBuilder builder = ChildJvm.of("128m", RankChild.class, arguments.toArray())
                .under(where)
                .builder();
        builder.redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()));
        return new RankChild(builder.start());
    }

    /** The rest of the next line that begins with a word. */
    String after(String word) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith(word + " ")) {
                return line.substring(word.length() + 1);
            }
        }
        throw new IllegalStateException("the child ended without saying " + word);
    }

    void signal(String name) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    @Override
    public void close() throws IOException {
        process.destroyForcibly().onExit().orTimeout(5, TimeUnit.MINUTES).join();
        lines.close();
    }

    /** Usage: address of rank 0, address of this rank, whether to use TCP, rank, number of ranks, port of the store. */
    public static void main(String[] args) throws InterruptedException {
        int rank = Integer.parseInt(args[3]);
        int size = Integer.parseInt(args[4]);
        TorchRuntime.start(1);
        RankStore store = rank == 0
                ? RankStore.listen(args[0], TIMEOUT)
                : RankStore.connect(args[0], Integer.parseInt(args[5]), TIMEOUT);
        System.out.println("port " + store.port());
        GroupFactory factory =
                new GroupFactory(store, rank, size, args[1], ComputeDevice.CPU, TIMEOUT, Duration.ofSeconds(5));
        if (Boolean.parseBoolean(args[2])) {
            factory.overTcp();
        }
        ProcessGroup world = factory.world();
        Tensor values = torch.ones((long) size << 18);
        Tensor part = torch.zeros(1 << 18);
        try {
            for (int step = 0; ; step++) {
                List<Pending> pending = List.of(
                        world.startReduceScatterSum(values, part, "gradients"),
                        world.startAllGather(part, values, "weights"));
                pending.forEach(Pending::await);
                values.fill_(new org.bytedeco.pytorch.Scalar(1.0));
                if (step == 3) {
                    System.out.println("running " + step);
                }
            }
        } catch (PeerLostException e) {
            System.out.println("lost " + e.getMessage());
            Thread.sleep(TIMEOUT.toMillis());
        }
    }
}
