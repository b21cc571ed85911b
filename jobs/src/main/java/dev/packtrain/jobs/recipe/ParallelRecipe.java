package dev.packtrain.jobs.recipe;

import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** From settings to how a run is spread over its processes. */
public final class ParallelRecipe {
    private static final String SHARDING = "sharding";
    private static final String SHARDING_DEGREE = "sharding_parallel_degree";
    private static final String TENSOR_DEGREE = "tensor_parallel_degree";
    private static final String ACROSS_HOSTS = "tensor_parallel_across_hosts";
    private static final String GRANULARITY = "recompute_granularity";

    private ParallelRecipe() {}

    /** The trainer's options. */
    public static ParallelOptions options(Settings settings) {
        Sharding sharding = stage(settings);
        return new ParallelOptions(
                tensorDegree(settings),
                settings.flag("sequence_parallel"),
                sharding,
                sharding == Sharding.NONE ? 1 : settings.count(SHARDING_DEGREE),
                offload(settings),
                recompute(settings));
    }

    /** Whether ranks that share layers may be on different hosts; a plan does not ask. */
    public static boolean acrossHosts(Settings settings) {
        return settings.has(ACROSS_HOSTS) && settings.flag(ACROSS_HOSTS);
    }

    private static int tensorDegree(Settings settings) {
        return Math.max(1, settings.count(TENSOR_DEGREE));
    }

    private static Sharding stage(Settings settings) {
        String value = settings.text(SHARDING);
        return Arrays.stream(Sharding.values())
                .filter(stage -> value.startsWith(stage.name().toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow();
    }

    private static Offload offload(Settings settings) {
        String value = settings.text(SHARDING);
        if (value.endsWith(" " + ParallelKeys.OFFLOAD_DISK)) {
            return Offload.DISK;
        }
        return value.endsWith(" " + ParallelKeys.OFFLOAD) ? Offload.HOST : Offload.NONE;
    }

    private static Recompute recompute(Settings settings) {
        return settings.flag("recompute")
                ? Recompute.valueOf(settings.text(GRANULARITY).toUpperCase(Locale.ROOT))
                : Recompute.NONE;
    }

    /** Values that exclude each other, whatever the number of processes. */
    static List<String> problems(Settings settings) {
        List<String> problems = new ArrayList<>();
        for (String degree : List.of(SHARDING_DEGREE, TENSOR_DEGREE)) {
            if (settings.number(degree) == 0) {
                problems.add("%s is 0; wanted at least 1, or -1 %s"
                        .formatted(degree, degree.equals(SHARDING_DEGREE) ? "for all ranks" : "for none"));
            }
        }
        if (settings.number(SHARDING_DEGREE) > 1 && settings.text(SHARDING).equals(ParallelKeys.NO_SHARDING)) {
            problems.add(
                    "sharding_parallel_degree is %d but sharding is not set; set sharding to stage1, stage2 or stage3, or leave sharding_parallel_degree out"
                            .formatted(settings.number(SHARDING_DEGREE)));
        }
        if (offload(settings) == Offload.HOST && settings.text("device").equals("cpu")) {
            problems.add(
                    "sharding is \"%s\" but device is cpu, where everything is in the host's memory already; offload to files with %s, or leave the word out"
                            .formatted(settings.text(SHARDING), ParallelKeys.OFFLOAD_DISK));
        }
        boolean tensor = tensorDegree(settings) > 1;
        if (settings.flag("sequence_parallel") && !tensor) {
            problems.add(
                    "sequence_parallel is true but tensor_parallel_degree is %d, and it is the ranks of a tensor group that share the sequence; set tensor_parallel_degree to 2 or more, or leave sequence_parallel out"
                            .formatted(settings.number(TENSOR_DEGREE)));
        }
        if (acrossHosts(settings) && !tensor) {
            problems.add(
                    "tensor_parallel_across_hosts is true but tensor_parallel_degree is %d; set it to 2 or more, or leave tensor_parallel_across_hosts out"
                            .formatted(settings.number(TENSOR_DEGREE)));
        }
        if (settings.isSet(GRANULARITY) && !settings.text(GRANULARITY).equals("full") && !settings.flag("recompute")) {
            problems.add(
                    "recompute_granularity is %s but recompute is false; set recompute to true, or leave recompute_granularity out"
                            .formatted(settings.text(GRANULARITY)));
        }
        return problems;
    }
}
