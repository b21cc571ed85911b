package dev.packtrain.jobs.bench;

import dev.packtrain.kernels.LowRankProducts;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.bytedeco.pytorch.global.torch.ScalarType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Times the narrow products of a LoRA by this project's kernels beside libtorch's, in the same rounds. */
@Command(
        name = "adapters",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Times the products of low-rank adapters beside libtorch's, in fp32 and bf16.")
final class BenchAdapters implements Callable<Integer> {
    @Option(names = "--tokens", defaultValue = "2048", description = "rows; default: ${DEFAULT-VALUE}")
    private long tokens;

    @Option(
            names = "--widths",
            split = ",",
            defaultValue = "512,1408,2048,4864",
            description = "columns; default: ${DEFAULT-VALUE}")
    private List<Long> widths;

    @Option(names = "--ranks", split = ",", defaultValue = "8", description = "default: ${DEFAULT-VALUE}")
    private List<Long> ranks;

    @Option(names = "--num_threads", defaultValue = "2", description = "libtorch's threads; default: ${DEFAULT-VALUE}")
    private int numThreads;

    @Option(names = "--rounds", defaultValue = "21", description = "measurements of each; default: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(names = "--json", paramLabel = "FILE", description = "write the figures here too")
    private Path json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (tokens < 1 || rounds < 1 || widths.stream().anyMatch(width -> width < 1)) {
            throw new BadInputException("--tokens is %d, --rounds %d and --widths %s; wanted at least one of each."
                    .formatted(tokens, rounds, widths));
        }
        if (ranks.stream().anyMatch(rank -> rank < 1 || !LowRankProducts.canTake(List.of(rank)))) {
            throw new BadInputException("--ranks is %s; wanted 1 to %d, beyond which libtorch's products are taken."
                    .formatted(ranks, LowRankProducts.MOST_RANKS));
        }
        TorchRuntime.start(numThreads);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (ScalarType dtype : List.of(ScalarType.Float, ScalarType.BFloat16)) {
            for (long width : widths) {
                for (long rank : ranks) {
                    TensorScope.run(() -> {
                        AdapterRounds measured = new AdapterRounds(dtype, tokens, width, rank);
                        for (AdapterRounds.Product product : AdapterRounds.Product.values()) {
                            rows.add(row(dtype, width, rank, product, measured));
                        }
                    });
                }
            }
        }
        new BenchFigures()
                .put("tokens", tokens)
                .put("threads", numThreads)
                .put("rounds", rounds)
                .table("rows", rows)
                .report(System.out, json);
        return spec.exitCodeOnSuccess();
    }

    private Map<String, Object> row(
            ScalarType dtype, long width, long rank, AdapterRounds.Product product, AdapterRounds measured) {
        AdapterRounds.Result result = measured.run(rounds, product, new DeviceClock(ComputeDevice.CPU));
        double flops = 2.0 * tokens * width * rank * product.count();
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("dtype", dtype == ScalarType.Float ? "fp32" : "bf16");
        row.put("width", width);
        row.put("rank", rank);
        row.put("product", product.formula());
        row.put("libtorch_ms", 1e3 * result.libtorch());
        row.put("kernels_ms", 1e3 * result.kernels());
        row.put("gflop_per_second", flops / result.kernels() / 1e9);
        row.put("speedup", result.speedup());
        return row;
    }
}
