package dev.packtrain.jobs.plan;

import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.peft.Adaptation;
import java.util.Optional;

/**
 * What is to be trained.
 *
 * @param model architecture
 * @param adaptation what is trained on it while it stays frozen; empty: all of it is trained
 * @param quantization how its frozen linears are kept, if not in {@code precision}
 * @param precision of weights and activations
 * @param lowPrecisionMoments {@code use_lowprecision_moment}
 * @param libtorchOperations {@code use_fused_kernels} is false: norms, activations and the loss make whole fp32 copies
 * @param microbatch packs of a rank in a microbatch; each has a backward pass of its own
 * @param accumulation microbatches of a rank in a step
 * @param parallel degrees, stage, recomputation
 * @param packTokens T: {@code max_length}, all of it used
 * @param documentTokens of the documents in a pack, which alone attend to each other; at most {@code packTokens}
 */
public record Workload(
        DecoderConfig model,
        Optional<Adaptation> adaptation,
        Optional<QuantizationOptions> quantization,
        Precision precision,
        boolean lowPrecisionMoments,
        boolean libtorchOperations,
        int microbatch,
        int accumulation,
        ParallelOptions parallel,
        int packTokens,
        int documentTokens) {
    /** Training all parameters. */
    public Workload(
            DecoderConfig model,
            Precision precision,
            boolean lowPrecisionMoments,
            int microbatch,
            int accumulation,
            ParallelOptions parallel,
            int packTokens,
            int documentTokens) {
        this(
                model,
                Optional.empty(),
                Optional.empty(),
                precision,
                lowPrecisionMoments,
                false,
                microbatch,
                accumulation,
                parallel,
                packTokens,
                documentTokens);
    }

    /** Bytes of a weight, a gradient of one pass and an activation. */
    int elementBytes() {
        return precision == Precision.BF16 ? Short.BYTES : Float.BYTES;
    }

    /** Documents of a pack. */
    int documents() {
        return Math.toIntExact(RankMemory.ceil(packTokens, documentTokens));
    }

    /** Rows that the blocks see of a pack: its tokens, and the virtual ones before every document. */
    int rows() {
        return packTokens
                + documents() * adaptation.map(Adaptation::numVirtualTokens).orElse(0);
    }

    /** Tokens of a document as attention sees it: its own, virtual ones, and those of a prefix. */
    int seenTokens() {
        return documentTokens
                + adaptation
                        .map(each -> each.numVirtualTokens() + 2 * each.numPrefixTokens())
                        .orElse(0);
    }

    /** Backward passes of a rank in a step. */
    int passes() {
        return Math.multiplyExact(microbatch, accumulation);
    }

    /** The same spread otherwise. */
    Workload with(ParallelOptions other) {
        return new Workload(
                model,
                adaptation,
                quantization,
                precision,
                lowPrecisionMoments,
                libtorchOperations,
                microbatch,
                accumulation,
                other,
                packTokens,
                documentTokens);
    }
}
