package dev.packtrain.training.model;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.attention.AttentionChoice;
import dev.packtrain.training.attention.AttentionKernel;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.engine.CutEngine;
import dev.packtrain.training.engine.PartialSums;
import dev.packtrain.training.fused.FusedOps;
import dev.packtrain.training.options.AttentionOption;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.QuantizationOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Puts a {@link Decoder} together. Where nothing is said, it is a whole model on the CPU in fp32 with the fastest attention
 * kernel that there is for it.
 */
public final class DecoderBuilder {
    private final DecoderConfig config;
    private ScalarType dtype = ScalarType.Float;
    private ComputeDevice device = ComputeDevice.CPU;
    private AttentionKernel attention;
    private TensorShare share = TensorShare.WHOLE;
    private Recompute recompute = Recompute.NONE;
    private Optional<QuantizationOptions> quantization = Optional.empty();
    private UnaryOperator<Layers> decoration = layers -> layers;
    private Optional<InputHook> noise = Optional.empty();
    private boolean anyMask;
    private boolean deferred;

    /** For a model of this architecture. */
    public DecoderBuilder(DecoderConfig config) {
        this.config = config;
    }

    /** Dtype of weights and activations. */
    public DecoderBuilder dtype(ScalarType newDtype) {
        dtype = newDtype;
        return this;
    }

    /** Where the model lives. */
    public DecoderBuilder device(ComputeDevice newDevice) {
        device = newDevice;
        return this;
    }

    /** The attention kernel, which changes no weight. */
    public DecoderBuilder attention(AttentionKernel newAttention) {
        attention = newAttention;
        return this;
    }

    /** This rank's share, of a model that is spread over ranks. */
    public DecoderBuilder share(TensorShare newShare) {
        share = newShare;
        return this;
    }

    /** How results of the ranks that share this model's layers come together. */
    public PartialSums sums() {
        return share.sums();
    }

    /** What the backward pass makes again instead of keeping it, which changes no bit. */
    public DecoderBuilder recompute(Recompute newRecompute) {
        recompute = newRecompute;
        return this;
    }

    /** Keeps the matrices of linears in few bits: of a frozen model, whose trained part is what decorates them. */
    public DecoderBuilder quantized(Optional<QuantizationOptions> newQuantization) {
        quantization = newQuantization;
        return this;
    }

    /**
     * What is put around the layers, such as adapters; it gets the layers of this rank's share, and the base weights are read
     * as the model asks for them.
     */
    public DecoderBuilder decorated(UnaryOperator<Layers> newDecoration) {
        decoration = newDecoration;
        return this;
    }

    /** What changes embedded tokens, beside what decorates the layers. */
    public DecoderBuilder noise(InputHook newNoise) {
        noise = Optional.of(newNoise);
        return this;
    }

    /** The attention kernel, where none was given, has to know any mask. */
    public DecoderBuilder anyMask(boolean needed) {
        anyMask = needed;
        return this;
    }

    /**
     * Leaves the weights to whoever takes the parameters over part by part, by {@link CausalLM#fillPart}: until then they are
     * NaN and take no memory.
     */
    public DecoderBuilder deferred() {
        deferred = true;
        return this;
    }

    /** Fresh weights: a pure function of the architecture, {@code seed} and the dtype; not of the share. */
    public Decoder fromScratch(long seed) {
        return build(new FreshWeights(seed, config.initializerRange()));
    }

    /**
     * Weights of a Hugging Face directory, cast to the dtype.
     *
     * @throws BadInputException if they are incomplete, damaged, or hold what this architecture has no place for
     */
    public Decoder load(Path hfDir) {
        CheckpointWeights weights = CheckpointWeights.open(hfDir);
        Decoder model = build(weights);
        try {
            weights.refuseUnread(config);
        } catch (BadInputException e) {
            model.close();
            throw e;
        }
        return model;
    }

    /** NaN for every weight, to be overwritten before the model is computed with. */
    public Decoder unset() {
        return build(new UnsetWeights());
    }

    /** Weights from elsewhere; the source is closed when all of them are read, or the model is closed. */
    public Decoder build(WeightSource weights) {
        if (deferred && quantization.isPresent()) {
            throw new IllegalStateException("weights are quantised as they are read, so they cannot be read later");
        }
        if (deferred) {
            DeferredWeights later = new DeferredWeights(weights, dtype, device);
            return build(later, Optional.of(later));
        }
        try (weights) {
            return build(weights, Optional.empty());
        }
    }

    private Decoder build(WeightSource weights, Optional<DeferredWeights> later) {
        Kept kept = new Kept();
        try {
            Layers layers =
                    new PlacedLayers(share.placement(), weights, dtype, new TensorFactory(device), kept, quantization);
            CutEngine engine = new CutEngine(kernel(), FusedOps.of(dtype, device), share.sums(), recompute);
            return new Decoder(config, decoration.apply(layers), engine, share.vocabulary(), noise, later, kept);
        } catch (RuntimeException | Error e) {
            kept.close();
            weights.close();
            throw e;
        }
    }

    private AttentionKernel kernel() {
        return attention != null
                ? attention
                : AttentionChoice.of(
                                AttentionOption.AUTO,
                                device,
                                dtype,
                                anyMask || config.attention().hasWindows(),
                                config.headDim())
                        .kernel();
    }
}
