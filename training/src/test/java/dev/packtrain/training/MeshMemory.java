package dev.packtrain.training;

import com.fasterxml.jackson.databind.JsonNode;
import dev.packtrain.training.checkpoint.RunIdentity;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.Traffic;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.TrainingOptions;
import dev.packtrain.training.shard.StateBytes;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Trains a few steps on one rank of a mesh and tells what the tensors took, and what a step sent. */
public final class MeshMemory implements RankTask {
    /** Blocks are nearly all of it, as in a large model: 835,968 elements, of which embedding and head are 16,384. */
    static final String CONFIG =
            """
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
             "hidden_size": 128, "intermediate_size": 384, "num_hidden_layers": 4,
             "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-5, "vocab_size": 64,
             "rope_theta": 10000.0, "tie_word_embeddings": false, "max_position_embeddings": 64}
            """;

    private static final int STEPS = 2;

    /** What to train, and how. */
    record Case(ParallelOptions parallel, Precision precision, int passes) {}

    /**
     * What a rank found.
     *
     * @param elements of the whole model
     * @param sent bytes of payload that this rank sent in each step, without a few numbers for loss and norm
     */
    record Found(long elements, StateBytes bytes, long sent) {}

    @Override
    public Object run(RankSite site, JsonNode argument) throws Exception {
        Case one = new com.fasterxml.jackson.databind.ObjectMapper().treeToValue(argument, Case.class);
        DeviceMesh mesh = DeviceMesh.of(site.worldSize(), one.parallel());
        MeshGroups groups = site.groups(mesh);
        TinyOptions tiny = TinyOptions.of(1, one.passes(), STEPS).parallel(one.parallel());
        TrainingOptions options = (one.precision() == Precision.BF16 ? tiny.bf16() : tiny).withConfig("unused");
        StepPlan plan = new StepPlan(21, options.batch(), mesh.numDataRanks());
        Path directory = site.directory();
        Path config = Files.writeString(directory.resolve("config.json"), CONFIG);
        Path offload = Files.createDirectory(directory.resolve("offload"));
        ScalarType dtype = one.precision() == Precision.BF16 ? ScalarType.BFloat16 : ScalarType.Float;
        try (Decoder model = Decoder.fromScratch(DecoderConfig.read(config, Map.of()), 1, dtype, ComputeDevice.CPU);
                Trainer trainer = new Trainer(model, options, plan, groups, offload)) {
            long before = sent(groups);
            RunIdentity identity = new RunIdentity("", 0, plan.globalBatch(), options.precision());
            trainer.run(TrainerState.start(identity, STEPS, site.worldSize()), new TinyPacks(21), NO_LISTENER);
            return new Found(trainer.state().numElements(), trainer.state().memory(), (sent(groups) - before) / STEPS);
        }
    }

    private static long sent(MeshGroups groups) {
        return Stream.of(groups.world(), groups.tensor(), groups.shard(), groups.data(), groups.batch())
                .distinct()
                .map(ProcessGroup::traffic)
                .mapToLong(Traffic::bytes)
                .sum();
    }

    static final TrainerListener NO_LISTENER = new TrainerListener() {
        @Override
        public void stepDone(TrainerState state, StepFigures figures) {}

        @Override
        public void logDue(TrainerState state, StepFigures figures) {}

        @Override
        public void checkpointDue(TrainerState state) {}
    };
}
