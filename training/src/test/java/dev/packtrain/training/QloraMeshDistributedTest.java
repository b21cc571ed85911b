package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.training.checkpoint.FileSha256;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.options.QuantizationOptions.Algorithm;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Adapters on a quantised base train on every mesh as in one process, and take the memory that the formula says. */
@ExtendWith(MeshLab.Shared.class)
class QloraMeshDistributedTest {
    private static final int STEPS = 6;
    /** Blocks of 24 do not end where ranks' parts do. */
    private static final QuantizationOptions NF4 = new QuantizationOptions(Algorithm.NF4, 24, true, 16);

    private static final double MEMORY = 0.03;

    @TempDir
    Path temp;

    private MeshTraining training;
    private Path base;

    @BeforeEach
    void aBase(MeshLab lab) throws Exception {
        training = MeshTraining.of(lab, temp);
        base = training.train(1, ParallelOptions.NONE, 1).output();
        Files.delete(base.resolve("tokenizer.json"));
    }

    private static ParallelOptions mesh(int tensor, Sharding sharding, Offload offload, Recompute recompute) {
        return new ParallelOptions(tensor, false, sharding, ParallelOptions.ALL_RANKS, offload, recompute);
    }

    private MeshTraining.Result run(
            int worldSize, ParallelOptions parallel, QuantizationOptions quantization, String name, String resume)
            throws IOException, InterruptedException {
        TrainingOptions tiny = training.options(worldSize, parallel, STEPS)
                .saving(3, 0, resume, false)
                .withConfig("unused");
        PeftOptions lora = new PeftOptions("lora", Map.of("lora_rank", 4, "lora_dropout", 0.1), null);
        ModelOptions model =
                new ModelOptions(base.toString(), null, Map.of(), tiny.model().attention(), lora, 0, quantization);
        TrainingOptions options = new TrainingOptions(
                model,
                tiny.batch(),
                tiny.optimizer(),
                tiny.schedule(),
                tiny.precision(),
                tiny.saving(),
                tiny.logging(),
                tiny.parallel());
        return training.train(worldSize, options, temp.resolve(name));
    }

    private MeshTraining.Result one(QuantizationOptions quantization, String name) throws Exception {
        return run(1, ParallelOptions.NONE, quantization, name, "");
    }

    private static String adapter(MeshTraining.Result result) throws IOException {
        return FileSha256.of(result.output().resolve("adapter_model.safetensors"));
    }

    @Test
    void everyMeshTrainsTheSameAdapters() throws Exception {
        MeshTraining.Result one = one(NF4, "one");
        assertThat(one.losses().get(STEPS - 1)).isLessThan(one.losses().get(0));
        assertThat(one.notices()).anyMatch(notice -> notice.endsWith("its linears in nf4."));
        MeshTraining.Result plain = one(null, "plain");
        assertThat(Math.abs(plain.losses().get(0) / one.losses().get(0) - 1))
                .as("quantising changes something")
                .isGreaterThan(1e-5);
        ParallelOptions tensor = mesh(2, Sharding.NONE, Offload.NONE, Recompute.NONE);
        run(2, tensor, NF4, "tp2", "").mustEqual(one);
        ParallelOptions stage3 = mesh(1, Sharding.STAGE3, Offload.DISK, Recompute.FULL);
        run(2, stage3, NF4, "stage3", "").mustEqual(one);
        ParallelOptions both = mesh(2, Sharding.STAGE3, Offload.NONE, Recompute.NONE);
        run(4, both, NF4, "tp2-stage3", "").mustEqual(one);
    }

    @ParameterizedTest
    @CsvSource({"FP4", "INT8", "INT4"})
    void tensorRanksHaveTheNumbersOfOneProcess(Algorithm algorithm) throws Exception {
        QuantizationOptions options = new QuantizationOptions(algorithm, 24, false, 256);
        MeshTraining.Result one = one(options, "one");
        run(2, mesh(2, Sharding.NONE, Offload.NONE, Recompute.NONE), options, "tp2", "")
                .mustEqual(one);
    }

    @Test
    void aRunGoesOnOnAnotherMeshWithTheSameQuantisationAlone() throws Exception {
        MeshTraining.Result whole = one(NF4, "whole");
        String checkpoint = whole.output().resolve("checkpoint-3").toString();
        MeshTraining.Result resumed = run(1, ParallelOptions.NONE, NF4, "resumed", checkpoint);
        assertThat(resumed.losses()).isEqualTo(whole.losses().subList(3, STEPS));
        assertThat(adapter(resumed)).isEqualTo(adapter(whole));
        ParallelOptions both = mesh(2, Sharding.STAGE3, Offload.NONE, Recompute.NONE);
        MeshTraining.Result resharded = run(4, both, NF4, "resharded", checkpoint);
        for (int step = 3; step < STEPS; step++) {
            assertThat(resharded.losses().get(step - 3) / whole.losses().get(step))
                    .isCloseTo(1, within(MeshTraining.RELATIVE));
        }
        QuantizationOptions other = QuantizationOptions.of(Algorithm.NF4, true);
        assertThatThrownBy(() -> run(1, ParallelOptions.NONE, other, "other", checkpoint))
                .hasMessageContaining("qlora_weight_blocksize 24")
                .hasMessageContaining("same weight_quantize_algo");
    }

    /**
     * Bytes of the frozen linears' weights, and of all that is kept for the adapters: of a model whose blocks are nearly all
     * of it.
     */
    @ParameterizedTest
    @CsvSource({"1, NF4, false, 0.5625", "2, NF4, false, 0.5625", "2, NF4, true, 0.5158691", "2, INT8, false, 1.0260"})
    void aRankKeepsWhatTheFormulaSays(int ranks, Algorithm algorithm, boolean twice, double bytes, MeshLab lab)
            throws Exception {
        ParallelOptions parallel =
                ranks == 1 ? ParallelOptions.NONE : mesh(1, Sharding.STAGE3, Offload.NONE, Recompute.NONE);
        QuantizationOptions options = QuantizationOptions.of(algorithm, twice);
        Path model = QuantizedMemory.writeBase(temp.resolve("large"));
        QuantizedMemory.Case argument = new QuantizedMemory.Case(model.toString(), parallel, options);
        for (MeshLab.RankOutcome outcome : lab.run(ranks, QuantizedMemory.class, argument)) {
            JsonNode found = outcome.result();
            double trained = found.get("trained").asDouble() / ranks;
            double others = found.get("others").asDouble() / ranks;
            double linears = found.get("linears").asDouble() / ranks;
            double weights = found.get("weights").asDouble() - 2 * (trained + others);
            assertThat(weights / linears / bytes).isCloseTo(1, within(MEMORY));
            double kept = found.get("kept").asDouble();
            double formula = bytes * linears + 2 * others + 16 * trained;
            assertThat(kept).isLessThanOrEqualTo(formula * (1 + MEMORY));
            assertThat(kept).isGreaterThan(formula * 0.8);
        }
    }
}
