package dev.packtrain.jobs.bench;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.options.QuantizationOptions.Algorithm;
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

/** Times products with a quantised matrix beside libtorch's with one of numbers, of the same size, in the same rounds. */
@Command(
        name = "quantized",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Times products with quantised weights beside libtorch's with whole ones, in fp32 and bf16.")
final class BenchQuantized implements Callable<Integer> {
    @Option(names = "--out", defaultValue = "4096", description = "rows of the matrix; default: ${DEFAULT-VALUE}")
    private long numOut;

    @Option(names = "--in", defaultValue = "4096", description = "columns of the matrix; default: ${DEFAULT-VALUE}")
    private long numIn;

    @Option(
            names = "--tokens",
            split = ",",
            defaultValue = "1,4,8,16,32,64,512",
            description = "rows of the other operand; default: ${DEFAULT-VALUE}")
    private List<Long> tokens;

    @Option(
            names = "--algorithms",
            split = ",",
            defaultValue = "nf4,weight_only_int8",
            description = "values of weight_quantize_algo; default: ${DEFAULT-VALUE}")
    private List<String> algorithms;

    @Option(names = "--double_quant", description = "scales of nf4 and fp4 in 8 bits")
    private boolean doubleQuant;

    @Option(names = "--num_threads", defaultValue = "2", description = "libtorch's threads; default: ${DEFAULT-VALUE}")
    private int numThreads;

    @Option(names = "--rounds", defaultValue = "7", description = "measurements of each; default: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(
            names = "--processor_time",
            description = "count the processor time of one thread, for a machine that is busy with other things too")
    private boolean processorTime;

    @Option(names = "--json", paramLabel = "FILE", description = "write the figures here too")
    private Path json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        if (numOut < 1 || numIn < 1 || rounds < 1 || tokens.stream().anyMatch(count -> count < 1)) {
            throw new BadInputException(
                    "--out is %d, --in %d, --rounds %d and --tokens %s; wanted at least one of each."
                            .formatted(numOut, numIn, rounds, tokens));
        }
        if (processorTime && numThreads != 1) {
            throw new BadInputException(
                    "--processor_time counts one thread, and --num_threads is %d; set it to 1.".formatted(numThreads));
        }
        TorchRuntime.start(numThreads);
        List<Map<String, Object>> rows = new ArrayList<>();
        for (String name : algorithms) {
            Algorithm algorithm = algorithm(name);
            boolean twice = doubleQuant && (algorithm == Algorithm.NF4 || algorithm == Algorithm.FP4);
            for (ScalarType dtype : List.of(ScalarType.Float, ScalarType.BFloat16)) {
                QuantizationOptions options = QuantizationOptions.of(algorithm, twice);
                for (long count : tokens) {
                    TensorScope.run(() -> {
                        QuantizedRounds measured = new QuantizedRounds(options, dtype, numOut, numIn, count);
                        rows.add(row(name, dtype, count, measured, false));
                        rows.add(row(name, dtype, count, measured, true));
                    });
                }
            }
        }
        new BenchFigures()
                .put("out", numOut)
                .put("in", numIn)
                .put("threads", numThreads)
                .put("rounds", rounds)
                .put("double_quant", doubleQuant)
                .put("time", processorTime ? "of the processor" : "wall")
                .table("rows", rows)
                .report(System.out, json);
        return spec.exitCodeOnSuccess();
    }

    private static Algorithm algorithm(String name) {
        for (Algorithm algorithm : Algorithm.values()) {
            if (algorithm.key().equals(name)) {
                return algorithm;
            }
        }
        throw new BadInputException(
                "--algorithms has %s; wanted values of weight_quantize_algo, such as nf4.".formatted(name));
    }

    private Map<String, Object> row(
            String name, ScalarType dtype, long count, QuantizedRounds measured, boolean transposed) {
        // As in training, whose gradients are explicit.
        QuantizedRounds.Result result = GradientMode.off(
                () -> measured.run(rounds, transposed, new DeviceClock(ComputeDevice.CPU, processorTime)));
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("algorithm", name);
        row.put("dtype", dtype == ScalarType.Float ? "fp32" : "bf16");
        row.put("tokens", count);
        row.put("product", transposed ? "dy W" : "x W^T");
        row.put("libtorch_ms", 1e3 * result.dense());
        row.put("fused_ms", 1e3 * result.fused());
        row.put("panels_ms", 1e3 * result.panels());
        row.put("fused_speedup", result.fusedSpeedup());
        row.put("panels_speedup", result.panelsSpeedup());
        return row;
    }
}
