package dev.packtrain.jobs.cli;

import dev.packtrain.jobs.PlanJob;
import dev.packtrain.jobs.plan.Machines;
import dev.packtrain.jobs.plan.PlanJson;
import dev.packtrain.jobs.plan.PlanText;
import dev.packtrain.jobs.plan.TrainingPlan;
import dev.packtrain.jobs.progress.Screen;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** {@code packtrain plan}: its options are recipe keys, and what is assumed of the machines. */
final class PlanCommand implements Callable<Integer> {
    private static final double GIB = 1L << 30;
    private static final double GIGA = 1e9;
    private static final double TERA = 1e12;
    /** Dense peaks of an H100 or H200 with NVLink: bf16 on tensor cores, fp32 without them. */
    private static final String BF16_TFLOPS = "989";

    private static final String FP32_TFLOPS = "67";

    private final Screen screen;
    private final RecipeOptions recipe = new RecipeOptions(Command.PLAN);
    private final Map<String, String> given = new LinkedHashMap<>();
    private final CommandSpec spec;

    private PlanCommand(Screen screen) {
        this.screen = screen;
        spec = CommandSpec.wrapWithoutInspection(this);
        spec.name(Command.PLAN.word());
        spec.usageMessage()
                .description("Says what a run would take, without running it: memory of a rank by kind, bytes sent,"
                        + " time of a step, and the smallest mesh that fits.")
                .abbreviateSynopsis(true);
        recipe.addTo(spec);
        spec.addArgGroup(ArgGroupSpec.builder()
                .heading("%nWhat it would run on%n")
                .exclusive(false)
                .validate(false)
                .addArg(option("--gpus", "N", "ranks, one a GPU (default: 1)"))
                .addArg(option("--gpus_per_host", "N", "ranks of a host (default: 8)"))
                .addArg(option("--gpu_memory", "GIB", "memory of a GPU (default: 80)"))
                .addArg(option("--gpu_reserve", "GIB", "of it for the driver, libtorch and gaps (default: 3)"))
                .addArg(option(
                        "--peak_tflops",
                        "X",
                        "a GPU's peak in matrix products (default: %s in bf16, %s in fp32, those of an H100)"
                                .formatted(BF16_TFLOPS, FP32_TFLOPS)))
                .addArg(option("--mfu", "X", "share of the peak that training reaches (default: 0.4)"))
                .addArg(option("--link_bandwidth", "GBPS", "GB/s of a GPU inside its host (default: 300)"))
                .addArg(option("--network_bandwidth", "GBPS", "GB/s of a GPU to other hosts (default: 40)"))
                .addArg(option("--document_tokens", "N", "tokens of a document in a pack (default: max_length)"))
                .addArg(option("--json", "FILE", "write the same as JSON; replaced if it is there"))
                .build());
    }

    static CommandSpec of(Screen screen) {
        return new PlanCommand(screen).spec;
    }

    @Override
    public Integer call() throws IOException {
        Settings settings = recipe.settings(spec.commandLine().getParseResult().unmatched());
        TrainingPlan plan = PlanJob.plan(settings, machines(settings.flag("bf16")), documentTokens(settings));
        PlanText.of(plan).forEach(line -> screen.line("%s", line));
        if (given.containsKey("--json")) {
            PlanJson.write(plan, Path.of(given.get("--json")));
        }
        return ExitStatus.OK.code();
    }

    private Machines machines(boolean bf16) {
        double memory = number("--gpu_memory", "80");
        double reserve = number("--gpu_reserve", "3");
        if (reserve >= memory) {
            throw new BadInputException(
                    "--gpu_reserve is %s GiB of --gpu_memory %s GiB, which leaves nothing for training; wanted less"
                            .formatted(reserve, memory));
        }
        return new Machines(
                count("--gpus", 1),
                count("--gpus_per_host", 8),
                memory * GIB,
                reserve * GIB,
                number("--peak_tflops", bf16 ? BF16_TFLOPS : FP32_TFLOPS) * TERA,
                share("--mfu", "0.4"),
                number("--link_bandwidth", "300") * GIGA,
                number("--network_bandwidth", "40") * GIGA);
    }

    private int documentTokens(Settings settings) {
        int packTokens = settings.count("max_length");
        int tokens = given.containsKey("--document_tokens") ? count("--document_tokens", packTokens) : packTokens;
        if (tokens > packTokens) {
            throw new BadInputException("--document_tokens is %d, but a pack has %d (max_length); wanted at most that"
                    .formatted(tokens, packTokens));
        }
        return tokens;
    }

    private int count(String name, int otherwise) {
        String value = given.getOrDefault(name, Integer.toString(otherwise));
        if (!value.matches("0*[1-9][0-9]{0,7}")) {
            throw new BadInputException(
                    "%s wants a whole number from 1 to 99999999, got \"%s\"".formatted(name, value));
        }
        return Integer.parseInt(value);
    }

    private double number(String name, String otherwise) {
        String value = given.getOrDefault(name, otherwise);
        if (!value.matches("[0-9]{1,9}(\\.[0-9]{1,9})?") || Double.parseDouble(value) == 0) {
            throw new BadInputException("%s wants a number above 0, got \"%s\"".formatted(name, value));
        }
        return Double.parseDouble(value);
    }

    private double share(String name, String otherwise) {
        double value = number(name, otherwise);
        if (value > 1) {
            throw new BadInputException("%s wants a share of at most 1, got \"%s\"".formatted(name, given.get(name)));
        }
        return value;
    }

    private OptionSpec option(String name, String label, String doc) {
        return OptionSpec.builder(name)
                .type(String.class)
                .paramLabel(label)
                .description(doc)
                .setter(RecipeOptions.into(given, name))
                .build();
    }
}
