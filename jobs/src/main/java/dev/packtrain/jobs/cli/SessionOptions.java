package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.TrainLaunch;
import dev.packtrain.jobs.launch.AllocatorLibrary;
import dev.packtrain.packing.BadInputException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Options that say where a command runs, which a recipe must not know. */
final class SessionOptions {
    private static final String ALLOCATOR = "--allocator";
    private static final String CPUS = "--cpus_per_process";
    private static final String GPUS = "--gpus_per_process";

    private final Map<String, String> values = new LinkedHashMap<>();
    private boolean verbose;

    /** The options of a command that runs on Spark. */
    ArgGroupSpec spark() {
        return group(
                "%nWhere it runs%n",
                List.of(
                        option("--master", "URL", "a Spark master (default: inside this process, all cores)"),
                        verbose()));
    }

    /** The options of a command that starts training processes. */
    ArgGroupSpec processes() {
        return group(
                "%nTraining processes%n",
                List.of(
                        option("--num_processes", "N", "ranks (default: 1; on a cluster, one an executor)"),
                        option(
                                "--num_threads",
                                "N",
                                "libtorch's threads in a rank (default: the rank's share of cores)"),
                        option(
                                "--trainer_heap",
                                "SIZE",
                                "Java heap of a rank; tensors are outside it (default: " + TrainLaunch.DEFAULT_HEAP
                                        + ")"),
                        option(
                                ALLOCATOR,
                                "auto|system|PATH",
                                "what gives ranks their memory: tcmalloc where a host has it, the C library,"
                                        + " or a library on the hosts (default: " + AllocatorLibrary.AUTO + ")"),
                        option(
                                CPUS,
                                "N",
                                "cores that Spark sets aside for a rank while it trains (default: spark.task.cpus)"),
                        option(
                                GPUS,
                                "0|1",
                                "GPUs that Spark gives a rank (default: what spark.task.resource.gpu.amount says; without"
                                        + " it 1 if device is cuda and the executors have GPUs)")));
    }

    String master() {
        return values.get("--master");
    }

    boolean isVerbose() {
        return verbose;
    }

    /**
     * What {@link #processes} says.
     *
     * @throws BadInputException if a value is none
     */
    TrainLaunch launch() {
        String heap = values.getOrDefault("--trainer_heap", TrainLaunch.DEFAULT_HEAP);
        if (!heap.matches("[1-9][0-9]*[kmgKMG]")) {
            throw new BadInputException("--trainer_heap wants a size such as 1g or 512m, got \"%s\"".formatted(heap));
        }
        String gpus = values.getOrDefault(GPUS, "-1");
        if (values.containsKey(GPUS) && !gpus.matches("[01]")) {
            throw new BadInputException(
                    "%s wants 0 or 1, because a rank computes on one GPU, got \"%s\"".formatted(GPUS, gpus));
        }
        return new TrainLaunch(
                count("--num_processes"),
                count("--num_threads"),
                heap,
                count(CPUS),
                Integer.parseInt(gpus),
                values.getOrDefault(ALLOCATOR, AllocatorLibrary.AUTO));
    }

    private int count(String name) {
        String value = values.getOrDefault(name, "0");
        if (!value.matches("[0-9]{1,6}") || (values.containsKey(name) && value.matches("0+"))) {
            throw new BadInputException("%s wants a whole number of at least 1, got \"%s\"".formatted(name, value));
        }
        return Integer.parseInt(value);
    }

    private OptionSpec option(String name, String label, String doc) {
        return OptionSpec.builder(name)
                .type(String.class)
                .paramLabel(label)
                .description(doc)
                .setter(RecipeOptions.into(values, name))
                .build();
    }

    private OptionSpec verbose() {
        return OptionSpec.builder("--verbose")
                .type(boolean.class)
                .description("show Spark's log on the screen too")
                .setter(new picocli.CommandLine.Model.ISetter() {
                    @Override
                    public <T> T set(T value) {
                        verbose = Boolean.TRUE.equals(value);
                        return value;
                    }
                })
                .build();
    }

    private static ArgGroupSpec group(String heading, List<OptionSpec> options) {
        ArgGroupSpec.Builder group =
                ArgGroupSpec.builder().heading(heading).exclusive(false).validate(false);
        options.forEach(group::addArg);
        return group.build();
    }
}
