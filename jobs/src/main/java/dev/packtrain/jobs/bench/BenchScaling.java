package dev.packtrain.jobs.bench;

import dev.packtrain.jobs.Packtrain;
import dev.packtrain.jobs.TrainLaunch;
import dev.packtrain.jobs.exit.Scratch;
import dev.packtrain.jobs.launch.CpuShare;
import dev.packtrain.jobs.launch.RankPlan;
import dev.packtrain.jobs.launch.TrainerCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * What it costs to spread a step over processes: two of one thread against one of two threads, on the same model and the
 * same two packs a step, in each way that there is. Rounds measure all of them in turn, each in processes of its own with the
 * options of a training job's ranks; a ratio is that to the one process of the same round. The same as {@code
 * docs/benchmarks/peer_scaling.py}.
 */
@Command(
        name = "scaling",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Times training steps of two processes of one thread beside one of two threads.")
final class BenchScaling implements Callable<Integer> {
    private static final long DEADLINE_MINUTES = 30;

    @Mixin
    private StepWork work;

    @Option(
            names = "--layouts",
            split = ",",
            description = "of dp, stage1, stage2, stage3, tp2, tp2+sp; default: all of them")
    private List<String> layouts = ScalingLayout.keys();

    @Option(names = "--rounds", defaultValue = "3", description = "default: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(names = "--json", paramLabel = "FILE", description = "write the figures here too")
    private Path json;

    @Option(names = "--layout", hidden = true)
    private String layout;

    @Option(names = "--rank", hidden = true)
    private int rank;

    @Option(names = "--dir", hidden = true)
    private Path dir;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (layout != null) {
            new ScalingRank(ScalingLayout.of(layout), rank, dir).run(work);
            return spec.exitCodeOnSuccess();
        }
        List<ScalingLayout> wanted = layouts.stream().map(ScalingLayout::of).toList();
        Map<ScalingLayout, List<ScalingRank.Result>> results = new EnumMap<>(ScalingLayout.class);
        for (int round = 0; round < rounds; round++) {
            for (ScalingLayout each : inTurn(wanted)) {
                results.computeIfAbsent(each, first -> new ArrayList<>()).add(measure(each));
            }
        }
        report(results);
        return spec.exitCodeOnSuccess();
    }

    private static List<ScalingLayout> inTurn(List<ScalingLayout> wanted) {
        return Stream.concat(Stream.of(ScalingLayout.ALONE), wanted.stream())
                .distinct()
                .toList();
    }

    private ScalingRank.Result measure(ScalingLayout each) throws IOException, InterruptedException {
        try (Scratch meeting = Scratch.temporary(BenchCommand.FOLDER_PREFIX);
                Children children = new Children()) {
            List<Process> ranks = new ArrayList<>();
            for (int number = 0; number < each.worldSize(); number++) {
                ranks.add(children.start(command(each, number, meeting.path())));
            }
            for (Process process : ranks) {
                if (!process.waitFor(DEADLINE_MINUTES, TimeUnit.MINUTES) || process.exitValue() != 0) {
                    throw new IllegalStateException("a process of layout %s failed, see above".formatted(each.key()));
                }
            }
            return ScalingRank.Result.read(meeting.path());
        }
    }

    private ProcessBuilder command(ScalingLayout each, int number, Path meeting) {
        RankPlan.Child child =
                new RankPlan.Child(Packtrain.class.getName(), TrainLaunch.DEFAULT_HEAP, each.numThreads());
        Path logDir = Path.of(System.getProperty("java.io.tmpdir"));
        ProcessBuilder builder = TrainerCommand.of(child, new CpuShare(each.numThreads(), each.worldSize()), logDir);
        builder.command()
                .addAll(List.of("bench", "scaling", "--layout", each.key(), "--rank", Integer.toString(number)));
        builder.command().addAll(List.of("--dir", meeting.toString()));
        builder.command().addAll(work.arguments());
        // libtorch prints to standard output when ranks meet.
        return builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).redirectError(ProcessBuilder.Redirect.INHERIT);
    }

    private void report(Map<ScalingLayout, List<ScalingRank.Result>> results) throws IOException {
        List<Map<String, Object>> rows = new ArrayList<>();
        List<ScalingRank.Result> alone = results.get(ScalingLayout.ALONE);
        results.forEach((each, measured) -> {
            Map<String, Object> row = new LinkedHashMap<>();
            row.put("layout", each.key());
            row.put("processes", each.worldSize());
            row.put("threads", each.numThreads());
            row.put("tokens_per_second", median(measured, this::tokensPerSecond));
            row.put("ratio", ratio(measured, alone));
            row.put("communication_share", median(measured, BenchScaling::communicationShare));
            row.put("peak_rss_gb", median(measured, result -> result.peakBytes() / 1e9));
            rows.add(row);
        });
        new BenchFigures()
                .put("dtype", work.dtypeName())
                .put("vocab_size", work.vocabSize)
                .put("max_length", work.maxLength)
                .put("documents", work.documents)
                .put("packs", ScalingLayout.PACKS)
                .put("rounds", rounds)
                .table("layouts", rows)
                .report(System.out, json);
    }

    private double tokensPerSecond(ScalingRank.Result result) {
        return ScalingLayout.PACKS * (double) (work.maxLength / work.documents * work.documents) / result.stepSeconds();
    }

    private static double communicationShare(ScalingRank.Result result) {
        return result.communicationSeconds() / result.stepSeconds();
    }

    private static double ratio(List<ScalingRank.Result> measured, List<ScalingRank.Result> alone) {
        double[] ratios = new double[measured.size()];
        for (int round = 0; round < ratios.length; round++) {
            ratios[round] = alone.get(round).stepSeconds() / measured.get(round).stepSeconds();
        }
        return BenchFigures.median(ratios);
    }

    private static double median(List<ScalingRank.Result> measured, ToDoubleFunction<ScalingRank.Result> figure) {
        return BenchFigures.median(measured.stream().mapToDouble(figure).toArray());
    }
}
