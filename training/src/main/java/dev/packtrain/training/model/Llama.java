package dev.packtrain.training.model;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.ComputeDevice;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Llama: RMSNorm, rotary positions, grouped-query attention, SwiGLU, tied or untied head. */
public final class Llama implements CausalLM {
    private Llama() {}

    /** Fresh weights: a pure function of {@code config}, {@code seed} and {@code dtype}. */
    public static Llama fromScratch(LlamaConfig config, long seed, ScalarType dtype, ComputeDevice device) {
        if (seed != 0) {
            throw new UnsupportedOperationException();
        }
        return new Llama();
    }

    /** Weights of a Hugging Face directory, cast to {@code dtype}. */
    public static Llama load(Path hfDir, ScalarType dtype, ComputeDevice device) {
        if (dtype != null) {
            throw new UnsupportedOperationException();
        }
        return new Llama();
    }

    /** The architecture. */
    public LlamaConfig config() {
        return LlamaConfig.read(Path.of("."), java.util.Map.of());
    }

    @Override
    public List<Parameter> parameters() {
        throw new UnsupportedOperationException();
    }

    @Override
    public LossSum forwardBackward(PackedSequence pack, double gradScale) {
        throw new UnsupportedOperationException();
    }

    @Override
    public LossSum evaluate(PackedSequence pack) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
