package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.device.TestGpu;
import dev.packtrain.training.options.AttentionOption;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.options.QuantizationOptions.Algorithm;
import dev.packtrain.training.options.SavingOptions;
import dev.packtrain.training.options.TrainingOptions;
import dev.packtrain.training.peft.PeftRecipe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** A GPU trains what the CPU trains, in each of the ways that one process has; and it does so again bit by bit. */
@Tag("gpu")
@EnabledIf(value = TestGpu.IS_THERE, disabledReason = TestGpu.ABSENT)
@ExtendWith(MeshLab.Shared.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GpuTrainingTest {
    private static final int STEPS = 8;
    private static final int SAVED = 4;
    /** Of losses in fp32: sums in another order, and exponentials of another library. */
    private static final double FP32 = 1e-4;
    /** Of losses in bf16, whose activations are rounded to 8 bits on both. */
    private static final double BF16 = 1e-2;

    /** Heads of 32, which every kernel takes. */
    private static final Map<String, String> MODEL = Map.of("hidden_size", "128");

    private MeshTraining onCpu;
    private MeshTraining onGpu;
    private Path base;

    @BeforeAll
    void aBase(MeshLab lab, @TempDir Path temp) throws Exception {
        onCpu = MeshTraining.of(lab, temp).with(MODEL);
        onGpu = onCpu.on("cuda");
        base = onCpu.train(1, ParallelOptions.NONE, 1).output();
        // It is not that of the made-up data.
        Files.delete(base.resolve("tokenizer.json"));
    }

    private static ParallelOptions alone(Sharding sharding, Offload offload, Recompute recompute) {
        return new ParallelOptions(1, false, sharding, ParallelOptions.ALL_RANKS, offload, recompute);
    }

    private ModelOptions model(AttentionOption attention, PeftOptions peft, QuantizationOptions quantization) {
        return new ModelOptions(base.toString(), null, Map.of(), attention, peft, 0, quantization);
    }

    private TrainingOptions options(ModelOptions model, Precision precision, ParallelOptions parallel) {
        TrainingOptions tiny = onCpu.options(1, parallel, STEPS).withConfig("unused");
        SavingOptions saving = new SavingOptions(SAVED, 0, "", false);
        return new TrainingOptions(
                model, tiny.batch(), tiny.optimizer(), tiny.schedule(), precision, saving, tiny.logging(), parallel);
    }

    private TrainingOptions plain(ParallelOptions parallel) {
        return options(model(AttentionOption.AUTO, PeftOptions.NONE, null), Precision.FP32, parallel);
    }

    private MeshTraining.Result run(MeshTraining where, TrainingOptions options)
            throws IOException, InterruptedException {
        return where.train(1, options, where.temp().resolve("model-" + System.nanoTime()));
    }

    private static void assertSameLosses(MeshTraining.Result gpu, MeshTraining.Result cpu, double relative) {
        assertThat(gpu.losses()).hasSize(STEPS).hasSameSizeAs(cpu.losses());
        for (int step = 0; step < STEPS; step++) {
            assertThat(gpu.losses().get(step) / cpu.losses().get(step))
                    .as("loss of step %d, relative, on the GPU %s, on the CPU %s", step + 1, gpu.losses(), cpu.losses())
                    .isCloseTo(1, within(relative));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "NONE, NONE, NONE",
        "NONE, NONE, FULL",
        "NONE, NONE, FULL_ATTN",
        "NONE, NONE, CORE_ATTN",
        "STAGE1, HOST, NONE",
        "STAGE2, HOST, NONE",
        "STAGE3, HOST, NONE",
        "STAGE3, HOST, FULL",
        "STAGE3, DISK, NONE"
    })
    void inFp32WithEveryPlaceOfTheState(Sharding sharding, Offload offload, Recompute recompute) throws Exception {
        MeshTraining.Result cpu = run(onCpu, plain(ParallelOptions.NONE));
        assertThat(cpu.losses().get(STEPS - 1)).isLessThan(cpu.losses().get(0));
        MeshTraining.Result gpu = run(onGpu, plain(alone(sharding, offload, recompute)));
        assertSameLosses(gpu, cpu, FP32);
    }

    @ParameterizedTest
    @EnumSource(AttentionOption.class)
    void inBf16WithEveryAttention(AttentionOption attention) throws Exception {
        TrainingOptions options =
                options(model(attention, PeftOptions.NONE, null), Precision.BF16, ParallelOptions.NONE);
        assertSameLosses(run(onGpu, options), run(onCpu, options), BF16);
    }

    @ParameterizedTest
    @MethodSource("dev.packtrain.training.peft.PeftRecipe#onMeshes")
    void withEveryKindOfAdapter(PeftRecipe recipe) throws Exception {
        TrainingOptions options =
                options(model(AttentionOption.AUTO, recipe.meshOptions(), null), Precision.FP32, ParallelOptions.NONE);
        assertSameLosses(run(onGpu, options), run(onCpu, options), FP32);
    }

    @ParameterizedTest
    @EnumSource(Algorithm.class)
    void onEveryQuantisedBase(Algorithm algorithm) throws Exception {
        PeftOptions lora = new PeftOptions("lora", Map.of("lora_rank", 4), null);
        QuantizationOptions quantization = new QuantizationOptions(algorithm, 32, false, 256);
        TrainingOptions options =
                options(model(AttentionOption.AUTO, lora, quantization), Precision.FP32, ParallelOptions.NONE);
        assertSameLosses(run(onGpu, options), run(onCpu, options), FP32);
    }

    /** The same run from the checkpoint of another. */
    private static TrainingOptions goingOn(TrainingOptions options, MeshTraining.Result from) {
        String checkpoint = from.output().resolve("checkpoint-" + SAVED).toString();
        return options.withSaving(new SavingOptions(0, 0, checkpoint, false));
    }

    @Test
    void againAndResumedBitByBit() throws Exception {
        TrainingOptions options = plain(ParallelOptions.NONE);
        MeshTraining.Result whole = run(onGpu, options);
        run(onGpu, options).mustBe(whole);
        MeshTraining.Result resumed = run(onGpu, goingOn(options, whole));
        assertThat(resumed.losses()).isEqualTo(whole.losses().subList(SAVED, STEPS));
        assertThat(resumed.weights()).isEqualTo(whole.weights());
    }

    @Test
    void aCheckpointOfTheGpuGoesOnOnTheCpu() throws Exception {
        TrainingOptions options = plain(ParallelOptions.NONE);
        MeshTraining.Result gpu = run(onGpu, options);
        MeshTraining.Result cpu = run(onCpu, goingOn(options, gpu));
        for (int step = SAVED; step < STEPS; step++) {
            assertThat(cpu.losses().get(step - SAVED) / gpu.losses().get(step))
                    .as("loss of step %d, relative", step + 1)
                    .isCloseTo(1, within(FP32));
        }
    }
}
