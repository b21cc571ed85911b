package dev.packtrain.jobs.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.jobs.PlanJob;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.TrainingRecipe;
import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.HuggingFaceModel;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.SpecialTokens;
import dev.packtrain.training.optim.AdamW;
import dev.packtrain.training.options.OptimizerOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.options.QuantizationOptions.Algorithm;
import dev.packtrain.training.parallel.TensorParallel;
import dev.packtrain.training.peft.AdaptedModel;
import dev.packtrain.training.peft.Adapters;
import dev.packtrain.training.shard.ShardedState;
import dev.packtrain.training.shard.ShardingPlan;
import dev.packtrain.training.shard.StateBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Percentage;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes by kind as planned are those of the tensors of a rank, of whole models and of adapters on frozen ones. */
class MeasuredMemoryTest {
    private static final Percentage TWO_PERCENT = Percentage.withPercentage(2);
    private static final OptimizerOptions ADAMW = new OptimizerOptions(1e-3, 0, 0.9, 0.999, 1e-8, 1, false);
    private static final Map<String, Object> LORA =
            Map.of("lora", true, "lora_rank", 16, "lora_target_modules", List.of("q_proj", "k_proj", "down_proj"));

    @TempDir
    Path dir;

    private DecoderConfig config;

    @BeforeEach
    void writeModel() throws IOException {
        TorchRuntime.start(1);
        Path file = dir.resolve("config.json");
        Files.writeString(
                file,
                """
                {"model_type": "llama", "vocab_size": 128, "hidden_size": 128, "intermediate_size": 384,
                 "num_hidden_layers": 4, "num_attention_heads": 8, "num_key_value_heads": 2,
                 "max_position_embeddings": 64, "tie_word_embeddings": false}
                """);
        config = DecoderConfig.read(file, Map.of());
        try (Decoder model = new DecoderBuilder(config).fromScratch(1)) {
            HuggingFaceModel.save(dir, config, model.parameters(), new SpecialTokens(List.of(0), null, null));
        }
    }

    private TrainingPlan plan(boolean lora, boolean bf16, Sharding stage, int passes, int gpus) throws IOException {
        Map<String, Object> keys = new LinkedHashMap<>(Map.of(
                "model_name_or_path",
                dir.toString(),
                "bf16",
                bf16,
                "sharding",
                stage.name().toLowerCase(java.util.Locale.ROOT),
                "gradient_accumulation_steps",
                passes,
                "max_length",
                32));
        if (lora) {
            keys.putAll(LORA);
        }
        return plan(keys, gpus);
    }

    private static TrainingPlan plan(Map<String, Object> keys, int gpus) throws IOException {
        Machines machines = new Machines(gpus, 8, 80e9, 3e9, 1e14, 0.4, 3e11, 4e10);
        return PlanJob.plan(Recipe.of(keys).resolve(Command.PLAN), machines, 32);
    }

    private PeftOptions lora() {
        return new PeftOptions(
                "lora", Map.of("lora_rank", 16L, "lora_target_modules", LORA.get("lora_target_modules")), null);
    }

    private CausalLM model(boolean lora, DecoderBuilder builder) {
        return lora ? Adapters.of(lora(), 1).load(builder, dir) : builder.fromScratch(1);
    }

    @ParameterizedTest
    @CsvSource({
        "false, false, NONE, 1, 1",
        "false, true, NONE, 1, 1",
        "false, true, NONE, 2, 1",
        "false, true, STAGE3, 1, 2",
        "true, false, NONE, 1, 1",
        "true, true, NONE, 2, 1",
        "true, false, STAGE3, 1, 2",
        "true, true, STAGE2, 1, 2",
        "true, true, STAGE3, 2, 2"
    })
    void aRankHoldsWhatWasPlanned(boolean lora, boolean bf16, Sharding stage, int passes, int ranks) throws Exception {
        RankMemory planned = plan(lora, bf16, stage, passes, ranks).memory();
        ScalarType dtype = bf16 ? ScalarType.BFloat16 : ScalarType.Float;
        try (CausalLM model = model(lora, new DecoderBuilder(config).dtype(dtype))) {
            assertHolds(model, planned, stage, passes, ranks);
        }
    }

    /** Numbers are of 4 and 8 bits, but embedding, norms and head in bf16. */
    @ParameterizedTest
    @CsvSource({"NF4, true, NONE, 1", "NF4, false, STAGE3, 2", "INT8, false, STAGE3, 2"})
    void aQuantisedBaseIsPlannedAsItIsKept(Algorithm algorithm, boolean twice, Sharding stage, int ranks)
            throws Exception {
        Map<String, Object> keys = new LinkedHashMap<>(LORA);
        keys.putAll(Map.of(
                "model_name_or_path",
                dir.toString(),
                "bf16",
                true,
                "sharding",
                stage.name().toLowerCase(java.util.Locale.ROOT),
                "max_length",
                32,
                "weight_quantize_algo",
                algorithm.key(),
                "qlora_weight_double_quant",
                twice));
        Optional<QuantizationOptions> options = Optional.of(QuantizationOptions.of(algorithm, twice));
        RankMemory planned = plan(keys, ranks).memory();
        DecoderBuilder builder = new DecoderBuilder(config).dtype(ScalarType.BFloat16);
        try (CausalLM model = Adapters.of(lora(), 1, options).load(builder, dir)) {
            assertHolds(model, planned, stage, 1, ranks);
        }
    }

    /** With enough in every block that what a partition is filled up by counts for nothing. */
    static Stream<Map<String, Object>> methods() {
        return Stream.of(
                Map.of("lora", true, "lora_fa", true, "lora_rank", 4),
                Map.of("lora", true, "use_mora", true, "lora_rank", 4),
                Map.of("lokr", true, "lokr_dim", 16, "lokr_decompose_factor", 2),
                Map.of("bitfit", true),
                Map.of("adalora", true, "adalora_init_r", 4, "adalora_target_r", 2),
                Map.of("prefix_tuning", true, "num_prefix_tokens", 16),
                Map.of("prefix_tuning", true, "num_prefix_tokens", 16, "prefix_projection", true),
                Map.of("prompt_tuning", true, "num_virtual_tokens", 16),
                Map.of("p_tuning", true, "encoder_reparameterization_type", "LSTM", "encoder_hidden_size", 24),
                Map.of("reft", true, "reft_rank", 64, "reft_layers", "1,3"),
                Map.of("bottleneck_adapter", true, "adapter_reduction_factor", 2, "adapter_leave_out", "0"));
    }

    /** Also of methods beside the linears, some of which train nothing in blocks. */
    @ParameterizedTest
    @MethodSource("methods")
    void everyMethodHoldsWhatWasPlanned(Map<String, Object> method) throws Exception {
        for (Sharding stage : List.of(Sharding.NONE, Sharding.STAGE2, Sharding.STAGE3)) {
            int ranks = stage == Sharding.NONE ? 1 : 2;
            Map<String, Object> keys = new LinkedHashMap<>(method);
            keys.putAll(Map.of(
                    "model_name_or_path",
                    dir.toString(),
                    "bf16",
                    true,
                    "sharding",
                    stage.name().toLowerCase(java.util.Locale.ROOT),
                    "gradient_accumulation_steps",
                    2,
                    "max_length",
                    32));
            PeftOptions options =
                    TrainingRecipe.model(Recipe.of(keys).resolve(Command.PLAN)).peft();
            TrainingPlan plan = plan(keys, ranks);
            DecoderBuilder builder = new DecoderBuilder(config).dtype(ScalarType.BFloat16);
            try (AdaptedModel model = Adapters.of(options, 1).load(builder, dir)) {
                assertThat(plan.trainedParameters()).isEqualTo(model.adapters().numTrainedElements());
                assertHolds(model, plan.memory(), stage, 2, ranks);
            }
        }
    }

    private void assertHolds(CausalLM model, RankMemory planned, Sharding stage, int passes, int ranks)
            throws Exception {
        MeshGroups groups = ranks == 1
                ? MeshGroups.single()
                : MeshGroups.join(new DeviceMesh(1, ranks, 1), new SilentGroup(0, ranks), (name, all) -> {
                    throw new IllegalStateException("one group is enough");
                });
        ShardingPlan plan = new ShardingPlan(groups, stage, Offload.NONE, dir, passes);
        try (ShardedState state = ShardedState.of(model, new AdamW(ADAMW, ComputeDevice.CPU), plan)) {
            if (ranks == 1) {
                state.beginPass(0, passes);
                model.forwardBackward(pack(), 1);
            }
            StateBytes measured = state.memory();
            assertThat(planned.weights()).isCloseTo(measured.weights(), TWO_PERCENT);
            assertThat(planned.gradients()).isCloseTo(measured.gradients(), TWO_PERCENT);
            assertThat(planned.states()).isCloseTo(measured.states(), TWO_PERCENT);
        }
    }

    private static PackedSequence pack() {
        int[] ids = IntStream.range(1, 33).toArray();
        return PackedSequence.of(new Pack(List.of(new TokenizedExample(0, ids, ids))), 32);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 8})
    void adaptersOfATensorRankAreCountedAsTheyAreMade(int degree) throws Exception {
        Workload work = plan(true, false, Sharding.NONE, 1, 1)
                .work()
                .with(new ParallelOptions(
                        degree, false, Sharding.NONE, 1, Offload.NONE, ParallelOptions.Recompute.NONE));
        for (int rank = 0; rank < degree; rank++) {
            DecoderBuilder builder = new DecoderBuilder(config)
                    .share(TensorParallel.share(config, new SilentGroup(rank, degree), false));
            try (CausalLM model = model(true, builder)) {
                long made = model.parameters().stream()
                        .map(Parameter::tensor)
                        .mapToLong(tensor -> tensor.numel())
                        .sum();
                assertThat(Elements.of(work, degree).trained()).isEqualTo(made);
            }
        }
    }
}
