package dev.packtrain.training.peft;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.attention.ReferenceAttention;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.Goldens;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.safetensors.SafetensorsFile;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A method with settings, as {@link PeftContractTest}, {@link PeftFilesContractTest} and the meshes try it out. A new method
 * joins by a line in {@link #all}.
 *
 * @param name of the case
 * @param base golden model that is adapted
 * @param method its flag
 * @param settings its recipe keys
 * @param traits where it departs from what most methods do
 */
public record PeftRecipe(String name, String base, String method, Map<String, Object> settings, Set<Trait> traits) {
    /** What a method may say of itself. */
    public enum Trait {
        /** Nothing of it depends on ranks that another case does not have. */
        ONE_PROCESS,
        /** Fresh adapters change the model: nothing is expected of the first forward pass. */
        STARTS_CHANGED,
        /** Fresh adapters leave the model as it is but for rounding. */
        STARTS_ROUNDED,
        /** What is trained may be set back to what it began with. */
        PRUNES,
        /** {@code packtrain merge} refuses it. */
        NOT_MERGEABLE,
        /** What is saved is another form of what was trained, equal but for rounding. */
        SAVED_CONVERTED,
        /** The gradient is by definition not that of the loss: something is held constant in it. */
        SURROGATE_GRADIENT
    }

    /** One of {@link #all}. */
    static PeftRecipe named(String name) {
        return all().filter(recipe -> recipe.name().equals(name)).findFirst().orElseThrow();
    }

    /** All cases: every method, and every variant of one that computes something else. */
    public static Stream<PeftRecipe> all() {
        return Stream.of(
                of("lora", "lora", Map.of("lora_rank", 3, "lora_plus_scale", 4.0)),
                of("rslora", "lora", Map.of("lora_rank", 3, "rslora", true), Trait.ONE_PROCESS)
                        .on("qwen2"),
                of("dora", "lora", Map.of("use_dora", true, "lora_rank", 3), Trait.SURROGATE_GRADIENT),
                of(
                                "dora_biases",
                                "lora",
                                Map.of("use_dora", true, "lora_rank", 2),
                                Trait.SURROGATE_GRADIENT,
                                Trait.ONE_PROCESS)
                        .on("qwen2"),
                of("pissa", "lora", Map.of("pissa", true, "lora_rank", 4), Trait.STARTS_ROUNDED, Trait.SAVED_CONVERTED),
                of(
                        "pissa_full",
                        "lora",
                        Map.of("pissa", true, "pissa_full_svd", true, "lora_rank", 2, "rslora", true),
                        Trait.ONE_PROCESS,
                        Trait.STARTS_ROUNDED,
                        Trait.SAVED_CONVERTED),
                of("lora_fa", "lora", Map.of("lora_fa", true, "lora_rank", 3)),
                of("moslora", "lora", Map.of("lora_use_mixer", true, "lora_rank", 3), Trait.SAVED_CONVERTED),
                of("mora", "lora", Map.of("use_mora", true, "lora_rank", 2)),
                of("vera", "vera", Map.of("vera_rank", 5)),
                of("vera_saved", "vera", Map.of("vera_rank", 3, "save_projection", true), Trait.ONE_PROCESS)
                        .on("qwen2"),
                of("ia3", "ia3", Map.of()).on("qwen2"),
                of("lokr", "lokr", Map.of("lokr_dim", 2)),
                of(
                        "lokr_both",
                        "lokr",
                        Map.of("lokr_dim", 1, "lokr_decompose_both", true, "lokr_alpha", 3.0),
                        Trait.ONE_PROCESS),
                of("loha", "loha", Map.of("loha_rank", 3)),
                of(
                        "adalora",
                        "adalora",
                        Map.of("adalora_init_r", 4, "adalora_target_r", 2, "adalora_tfinal", 1),
                        Trait.PRUNES,
                        Trait.SAVED_CONVERTED,
                        Trait.SURROGATE_GRADIENT),
                of(
                                "adalora_no_penalty",
                                "adalora",
                                Map.of("adalora_init_r", 3, "adalora_orth_reg_weight", 0.0, "adalora_target_r", 1),
                                Trait.ONE_PROCESS,
                                Trait.PRUNES,
                                Trait.SAVED_CONVERTED)
                        .on("qwen2"),
                of("relora", "lora", Map.of("relora", true, "relora_steps", 2, "lora_rank", 2), Trait.SAVED_CONVERTED),
                of("bitfit", "bitfit", Map.of(), Trait.NOT_MERGEABLE),
                of(
                                "bitfit_biases",
                                "bitfit",
                                Map.of("bitfit_target_modules", "q_proj,k_proj,v_proj"),
                                Trait.ONE_PROCESS)
                        .on("qwen2"),
                hook("prefix", "prefix_tuning", Map.of("num_prefix_tokens", 3), Trait.STARTS_CHANGED),
                hook(
                                "prefix-projection",
                                "prefix_tuning",
                                Map.of(
                                        "num_prefix_tokens",
                                        3,
                                        "prefix_projection",
                                        true,
                                        "prefix_projection_hidden_size",
                                        5),
                                Trait.STARTS_CHANGED)
                        .on("qwen3"),
                hook("prompt", "prompt_tuning", Map.of("num_virtual_tokens", 3), Trait.STARTS_CHANGED),
                hook("p-tuning", "p_tuning", Map.of("num_virtual_tokens", 3), Trait.STARTS_CHANGED)
                        .on("qwen2"),
                hook(
                        "p-tuning-lstm",
                        "p_tuning",
                        Map.of(
                                "num_virtual_tokens",
                                3,
                                "encoder_reparameterization_type",
                                "LSTM",
                                "encoder_hidden_size",
                                4),
                        Trait.STARTS_CHANGED),
                hook("loreft", "reft", Map.of("reft_rank", 3, "reft_position", "f2+l2"), Trait.STARTS_CHANGED),
                hook("houlsby", "bottleneck_adapter", Map.of("adapter_reduction_factor", 4)),
                hook(
                                "pfeiffer-drop",
                                "bottleneck_adapter",
                                Map.of(
                                        "adapter_config",
                                        "pfeiffer",
                                        "adapter_reduction_factor",
                                        2,
                                        "adapter_leave_out",
                                        "0"))
                        .on("mistral"));
    }

    /** Those that meshes try out. */
    public static Stream<PeftRecipe> onMeshes() {
        return all().filter(recipe -> !recipe.has(Trait.ONE_PROCESS));
    }

    /** A method that leaves the linears alone. */
    private static PeftRecipe hook(String name, String method, Map<String, Object> settings, Trait... traits) {
        PeftRecipe recipe = of(name, method, settings, traits);
        recipe.traits().add(Trait.NOT_MERGEABLE);
        return recipe;
    }

    private static PeftRecipe of(String name, String method, Map<String, Object> settings, Trait... traits) {
        Set<Trait> set = EnumSet.noneOf(Trait.class);
        set.addAll(Arrays.asList(traits));
        return new PeftRecipe(name, "gqa_tied", method, settings, set);
    }

    private PeftRecipe on(String newBase) {
        return new PeftRecipe(name, newBase, method, settings, traits);
    }

    boolean has(Trait trait) {
        return traits.contains(trait);
    }

    /** For a run. */
    public PeftOptions options() {
        return new PeftOptions(method, settings, null);
    }

    /** For a run on any mesh: with dropout, and dropped adapters, if the method has them. */
    public PeftOptions meshOptions() {
        Map<String, Object> all = new HashMap<>(settings);
        for (PeftKey key : PeftMethods.named(method).keys()) {
            if (key.name().endsWith("_dropout")) {
                all.putIfAbsent(key.name(), 0.1);
            } else if (key.name().endsWith("_drop")) {
                all.putIfAbsent(key.name(), true);
            }
        }
        return new PeftOptions(method, all, null);
    }

    Path baseDir() {
        return Goldens.directory(base);
    }

    PackedSequence pack() {
        try (SafetensorsFile golden = Goldens.open(base)) {
            return Goldens.pack(golden, 0);
        }
    }

    DecoderBuilder builder(ScalarType dtype) {
        return new DecoderBuilder(DecoderConfig.read(baseDir(), Map.of()))
                .dtype(dtype)
                .attention(new ReferenceAttention());
    }

    /** The base with fresh adapters. */
    AdaptedModel fresh(ScalarType dtype) {
        return Adapters.of(options(), 7).load(builder(dtype), baseDir());
    }

    /** The base with the adapter of a directory. */
    AdaptedModel read(Path directory) {
        return Adapters.read(AdapterDirectory.open(directory)).load(builder(ScalarType.Float), baseDir());
    }

    @Override
    public String toString() {
        return name;
    }
}
