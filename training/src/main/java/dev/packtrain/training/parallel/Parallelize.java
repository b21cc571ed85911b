package dev.packtrain.training.parallel;

import dev.packtrain.training.attention.AttentionKernel;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.ParallelOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The one page that says in which order a model becomes a part of a run on many processes:
 *
 * <ol>
 *   <li><em>placement</em>: which part of every tensor this rank holds, and what happens at the cuts ({@link
 *       TensorParallel});
 *   <li><em>base weights</em>: {@link DecoderBuilder#fromScratch} or {@link DecoderBuilder#load} read that part alone, layer
 *       by layer;
 *   <li><em>adapters</em>: {@link DecoderBuilder#decorated} puts them around each layer as soon as it has its weights, so
 *       they can be initialised from them, and they are split as the layer is;
 *   <li><em>recomputation</em>: what the engine keeps, once it has its blocks;
 *   <li><em>ZeRO</em>: the trainer takes over the parameters that this rank has now, and guards the parts of the model;
 *   <li><em>kernels</em>: those of attention and of the row-wise operations know only what this rank holds.
 * </ol>
 */
public final class Parallelize {
    private Parallelize() {}

    /**
     * A model of this rank, but for its weights.
     *
     * @param options how it is spread
     * @param groups of this rank, as {@code options} say
     * @throws dev.packtrain.packing.BadInputException if the model cannot be spread in this way
     */
    public static DecoderBuilder decoder(
            DecoderConfig config,
            ScalarType dtype,
            ComputeDevice device,
            AttentionKernel attention,
            ParallelOptions options,
            MeshGroups groups) {
        return new DecoderBuilder(config)
                .dtype(dtype)
                .device(device)
                .attention(attention)
                .share(TensorParallel.share(config, groups.tensor(), options.sequenceParallel()))
                .recompute(options.recompute());
    }
}
