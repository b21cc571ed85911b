package dev.packtrain.training.peft;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.Goldens;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A case of {@code docs/goldens/make_peft_goldens.py}.
 *
 * @param name of the case; with a slash, of one of another script
 * @param base golden model that the adapter is for
 */
record PeftGoldens(String name, String base) {
    Path adapter() {
        return Goldens.directory(name.contains("/") ? name : "peft/" + name);
    }

    Path baseDir() {
        return Goldens.directory(base);
    }

    SafetensorsFile golden() {
        return SafetensorsFile.open(adapter().resolve("golden.safetensors"));
    }

    PackedSequence pack() {
        try (SafetensorsFile golden = Goldens.open(base)) {
            return Goldens.pack(golden, 0);
        }
    }

    /** The base with adapters, in fp32. */
    AdaptedModel load(Adapters adapters) {
        return load(adapters, ScalarType.Float);
    }

    AdaptedModel load(Adapters adapters, ScalarType dtype) {
        DecoderConfig config = DecoderConfig.read(baseDir(), Map.of());
        return adapters.load(new DecoderBuilder(config).dtype(dtype).attention(new ReferenceAttention()), baseDir());
    }

    /** The adapter of the case. */
    Adapters read() {
        return Adapters.read(AdapterDirectory.open(adapter()));
    }

    /** Fresh adapters. */
    static Adapters fresh(Map<String, Object> settings) {
        return Adapters.of(new PeftOptions("lora", settings, null), 7);
    }
}
