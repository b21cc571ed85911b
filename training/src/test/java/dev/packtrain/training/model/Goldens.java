package dev.packtrain.training.model;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.AttentionKernel;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The models that {@code docs/goldens/make_decoder_goldens.py} made with transformers. */
public final class Goldens {
    private Goldens() {}

    /** Resources of this name. */
    public static Path directory(String name) {
        try {
            return Path.of(Goldens.class.getResource("/goldens/" + name).toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** What was recorded of a model. */
    public static SafetensorsFile open(String name) {
        return SafetensorsFile.open(directory(name).resolve("golden.safetensors"));
    }

    /** The model in fp32, with attention that computes under any mask. */
    static Decoder load(String name) {
        return load(name, ScalarType.Float, new ReferenceAttention());
    }

    static Decoder load(String name, ScalarType dtype, AttentionKernel attention) {
        Path directory = directory(name);
        try (CheckpointWeights weights = CheckpointWeights.open(directory)) {
            DecoderConfig config = DecoderConfig.read(directory, Map.of());
            Decoder model =
                    new DecoderBuilder(config).dtype(dtype).attention(attention).build(weights);
            weights.refuseUnread(config);
            return model;
        }
    }

    /** The pack, with {@code numPadding} slots of padding. */
    public static PackedSequence pack(SafetensorsFile golden, int numPadding) {
        int[] cuSeqlens = ints(golden.read("cu_seqlens"));
        return Packs.of(ints(golden.read("input_ids")), ints(golden.read("labels")), cuSeqlens, numPadding);
    }

    private static int[] ints(Tensor tensor) {
        int[] values = new int[(int) tensor.numel()];
        tensor.data_ptr_int().get(values);
        return values;
    }
}
