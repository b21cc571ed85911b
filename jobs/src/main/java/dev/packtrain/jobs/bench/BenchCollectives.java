package dev.packtrain.jobs.bench;

import dev.packtrain.jobs.TrainLaunch;
import dev.packtrain.jobs.launch.CpuShare;
import dev.packtrain.jobs.launch.RankPlan;
import dev.packtrain.jobs.launch.TrainerCommand;
import dev.packtrain.packing.BadInputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Times sums and copies between processes of this host: through shared memory, over TCP, and by libtorch's Gloo alone. */
@Command(
        name = "collectives",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description =
                "Times all-reduce, reduce-scatter and all-gather of fp32 between processes of this host, beside Gloo's.")
final class BenchCollectives implements Callable<Integer> {
    @Option(names = "--ranks", defaultValue = "2", description = "processes; default: ${DEFAULT-VALUE}")
    private int ranks;

    @Option(
            names = "--kilobytes",
            split = ",",
            defaultValue = "4,256,4096,65536",
            description = "sizes of the whole tensor; default: ${DEFAULT-VALUE}")
    private List<Integer> kilobytes;

    @Option(names = "--rounds", defaultValue = "15", description = "measurements of each; default: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(names = "--json", paramLabel = "FILE", description = "write the figures here too")
    private Path json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (ranks < 2 || rounds < 1 || kilobytes.stream().anyMatch(size -> size < 1)) {
            throw new BadInputException("--ranks is %d, --rounds %d and --kilobytes %s; wanted at least 2, 1 and 1."
                    .formatted(ranks, rounds, kilobytes));
        }
        try (Children children = new Children()) {
            List<Process> processes = new ArrayList<>();
            processes.add(children.start(command(0, "0", "0")));
            try (BufferedReader lines = processes.get(0).inputReader(StandardCharsets.UTF_8)) {
                String[] ports = ports(lines);
                for (int rank = 1; rank < ranks; rank++) {
                    processes.add(children.start(command(rank, ports[1], ports[2])));
                }
                report(lines);
            }
            for (Process process : processes) {
                if (process.waitFor() != 0) {
                    throw new IllegalStateException("a rank ended with exit code " + process.exitValue());
                }
            }
            return spec.exitCodeOnSuccess();
        }
    }

    private static String[] ports(BufferedReader lines) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("ports ")) {
                return line.split(" ", -1);
            }
        }
        throw new IllegalStateException("rank 0 did not start");
    }

    private ProcessBuilder command(int rank, String port, String peerPort) {
        RankPlan.Child child = new RankPlan.Child(CollectivesRank.class.getName(), TrainLaunch.DEFAULT_HEAP, 1);
        ProcessBuilder builder = TrainerCommand.of(
                        child, new CpuShare(1, ranks), Path.of(System.getProperty("java.io.tmpdir")))
                .redirectError(ProcessBuilder.Redirect.INHERIT);
        List<String> command = builder.command();
        command.addAll(
                List.of(Integer.toString(rank), Integer.toString(ranks), Integer.toString(rounds), port, peerPort));
        kilobytes.forEach(size -> command.add(Integer.toString(size)));
        if (rank > 0) {
            builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        }
        return builder;
    }

    private void report(BufferedReader lines) throws IOException {
        Map<String, Map<String, Object>> rows = new LinkedHashMap<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] cells = line.split("\t", -1);
            if (cells.length == 4) {
                Map<String, Object> row = rows.computeIfAbsent(cells[1] + cells[0], key -> {
                    Map<String, Object> fresh = new LinkedHashMap<>();
                    fresh.put("operation", cells[1]);
                    fresh.put("kilobytes", cells[0]);
                    return fresh;
                });
                row.put(cells[2] + " ms", Double.valueOf(cells[3]));
            }
        }
        List<Map<String, Object>> table = new ArrayList<>(rows.values());
        for (Map<String, Object> row : table) {
            double shared = (double) row.get("shared memory ms");
            row.put("shared MB/s", Integer.parseInt((String) row.get("kilobytes")) / 1.024 / shared);
            row.put("Gloo / shared", (double) row.get("Gloo ms") / shared);
            row.put("Gloo / TCP", (double) row.get("Gloo ms") / (double) row.get("TCP ms"));
        }
        new BenchFigures()
                .put("ranks", ranks)
                .put("rounds", rounds)
                .table("rows", table)
                .report(System.out, json);
    }
}
