package dev.packtrain.jobs.bench;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.TilePlan;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.attention.AttentionChoice;
import dev.packtrain.training.attention.AttentionKernel;
import dev.packtrain.training.attention.FlashAttention2Varlen;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.options.AttentionOption;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch.ScalarType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Times attention of one layer under several masks, beside the matrix product of the same dtype in the same rounds. On a GPU
 * FlashAttention-2 of libtorch is measured too. The peer's side on a CPU is {@code docs/benchmarks/peer_attention.py}.
 */
@Command(
        name = "attention",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Times the attention kernels, forward and backward, in fp32 and bf16.")
final class BenchAttention implements Callable<Integer> {
    private static final int BLOCK = 64;

    @Option(names = "--max_length", defaultValue = "2048", description = "tokens; default: ${DEFAULT-VALUE}")
    private int maxLength;

    @Option(names = "--heads", defaultValue = "8", description = "query heads; default: ${DEFAULT-VALUE}")
    private int numHeads;

    @Option(names = "--kv_heads", defaultValue = "8", description = "key/value heads; default: ${DEFAULT-VALUE}")
    private int numKeyValueHeads;

    @Option(names = "--head_dim", defaultValue = "64", description = "width of a head; default: ${DEFAULT-VALUE}")
    private int headDim;

    @Option(names = "--documents", defaultValue = "16", description = "in the pack; default: ${DEFAULT-VALUE}")
    private int documents;

    @Option(names = "--all_masks", description = "the twelve masks of the FlashMask paper, not four")
    private boolean allMasks;

    @Option(names = "--num_threads", defaultValue = "2", description = "libtorch's threads; default: ${DEFAULT-VALUE}")
    private int numThreads;

    @Option(names = "--rounds", defaultValue = "7", description = "measurements of each; default: ${DEFAULT-VALUE}")
    private int rounds;

    @Option(
            names = "--processor_time",
            description = "count the processor time of one thread, for a machine that is busy with other things too")
    private boolean processorTime;

    @Option(names = "--device", defaultValue = "cpu", description = "cpu or cuda; default: ${DEFAULT-VALUE}")
    private String device;

    @Option(names = "--json", paramLabel = "FILE", description = "write the figures here too")
    private Path json;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        check();
        TorchRuntime.start(numThreads);
        AttentionWork.Layer layer = new AttentionWork.Layer(maxLength, numHeads, numKeyValueHeads, headDim);
        BenchFigures figures = new BenchFigures()
                .put("tokens", maxLength)
                .put("heads", numHeads)
                .put("kv_heads", numKeyValueHeads)
                .put("head_dim", headDim)
                .put("threads", numThreads)
                .put("rounds", rounds)
                .put("time", processorTime ? "of the processor" : "wall");
        List<Map<String, Object>> rows = new ArrayList<>();
        DeviceClock clock = new DeviceClock(ComputeDevice.of(device, 0).requireUsable(), processorTime);
        for (Candidate candidate : candidates(clock.device())) {
            String name = candidate.dtype == ScalarType.Float ? "fp32" : "bf16";
            String kernel = candidate.kernel.name();
            try (AttentionRounds measured =
                    new AttentionRounds(layer, candidate.masks, candidate.kernel, candidate.dtype, clock)) {
                measured.run(rounds);
                figures.put(name + "_matmul_gflops", measured.matmulGflops());
                measured.results().forEach(result -> rows.add(row(name, kernel, layer, result)));
            }
        }
        figures.table("rows", rows).report(System.out, json);
        return spec.exitCodeOnSuccess();
    }

    private record Candidate(ScalarType dtype, AttentionKernel kernel, Map<String, FlashMask> masks) {}

    private List<Candidate> candidates(ComputeDevice where) {
        AttentionMasks masks = new AttentionMasks(maxLength, documents);
        Map<String, FlashMask> chosen = allMasks ? masks.all() : masks.few();
        return switch (where.kind()) {
            case CPU ->
                Stream.of(ScalarType.Float, ScalarType.BFloat16)
                        .map(dtype -> new Candidate(dtype, kernel(AttentionOption.AUTO, where, dtype), chosen))
                        .toList();
            case CUDA ->
                List.of(
                        new Candidate(
                                ScalarType.BFloat16, kernel(AttentionOption.FLASH, where, ScalarType.BFloat16), chosen),
                        new Candidate(ScalarType.BFloat16, new FlashAttention2Varlen(), masks.causalDocuments()));
        };
    }

    private static AttentionKernel kernel(AttentionOption option, ComputeDevice where, ScalarType dtype) {
        return AttentionChoice.of(option, where, dtype).kernel();
    }

    private void check() {
        if (maxLength < documents || documents < 1 || rounds < 1 || numKeyValueHeads < 1 || headDim < 1) {
            throw new BadInputException(
                    "--documents is %d, --max_length %d, --rounds %d, --kv_heads %d and --head_dim %d; wanted at least one of each, and a token a document."
                            .formatted(documents, maxLength, rounds, numKeyValueHeads, headDim));
        }
        if (processorTime && (numThreads != 1 || !device.equals("cpu"))) {
            throw new BadInputException(
                    "--processor_time counts one thread of the CPU, and --num_threads is %d and --device %s; set --num_threads to 1 and leave --device out."
                            .formatted(numThreads, device));
        }
        if (numHeads < numKeyValueHeads || numHeads % numKeyValueHeads != 0) {
            throw new BadInputException("--heads is %d and --kv_heads %d; wanted heads that the key/value heads divide."
                    .formatted(numHeads, numKeyValueHeads));
        }
    }

    private static Map<String, Object> row(
            String dtype, String kernel, AttentionWork.Layer layer, AttentionRounds.Result result) {
        TilePlan tiles = TilePlan.of(result.mask(), BLOCK, BLOCK);
        long numVisible = result.mask().numVisible();
        long alone = AttentionMasks.tilesAlone(result.mask(), BLOCK);
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("mask", result.name());
        row.put("dtype", dtype);
        row.put("kernel", kernel);
        row.put("fwd_ms", 1e3 * result.forwardSeconds());
        row.put("fwd_gflops", layer.forwardFlops(numVisible) / result.forwardSeconds() / 1e9);
        row.put("fwd_of_mm", result.forwardShare());
        row.put("both_ms", 1e3 * result.bothSeconds());
        row.put("both_gflops", layer.bothFlops(numVisible) / result.bothSeconds() / 1e9);
        row.put("both_of_mm", result.bothShare());
        row.put("tiles", tiles.numTiles());
        row.put("partial", tiles.numPartialTiles());
        row.put("alone", alone == 0 ? "" : alone);
        row.put("all_tiles", tiles.numAllTiles());
        row.put("seen", (double) numVisible / ((double) tiles.numTiles() * BLOCK * BLOCK));
        return row;
    }
}
