package dev.packtrain.training;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.training.checkpoint.RunIdentity;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.HuggingFaceModel;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.SpecialTokens;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.options.TrainingOptions;
import dev.packtrain.training.peft.AdaptedModel;
import dev.packtrain.training.peft.Adapters;
import dev.packtrain.training.shard.StateBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Trains adapters in bf16 on a quantised base on one rank of a mesh, and tells what the tensors took. */
public final class QuantizedMemory implements RankTask {
    private static final int STEPS = 2;

    /** What to train, and how. */
    record Case(String base, ParallelOptions parallel, QuantizationOptions quantization) {}

    /**
     * What a rank found: elements of the whole model, and this rank's bytes.
     *
     * @param linears elements of the frozen linears
     * @param others elements of what else is frozen
     * @param trained elements of the adapters
     * @param weights bytes of all weights
     * @param kept bytes of weights, gradients and states
     */
    record Found(long linears, long others, long trained, long weights, long kept) {}

    /** The model of {@link MeshMemory} as a directory. */
    static Path writeBase(Path dir) throws IOException {
        Files.createDirectories(dir);
        Path config = dir.resolve("config.json");
        Files.writeString(config, MeshMemory.CONFIG);
        DecoderConfig decoder = DecoderConfig.read(config, Map.of());
        try (Decoder model = Decoder.fromScratch(decoder, 1, ScalarType.BFloat16, ComputeDevice.CPU)) {
            HuggingFaceModel.save(dir, decoder, model.parameters(), new SpecialTokens(List.of(1), null, null));
        }
        return dir;
    }

    @Override
    public Object run(RankSite site, JsonNode argument) throws Exception {
        Case one = new ObjectMapper().treeToValue(argument, Case.class);
        DeviceMesh mesh = DeviceMesh.of(site.worldSize(), one.parallel());
        MeshGroups groups = site.groups(mesh);
        TrainingOptions options =
                TinyOptions.of(1, 1, STEPS).parallel(one.parallel()).bf16().withConfig("unused");
        StepPlan plan = new StepPlan(21, options.batch(), mesh.numDataRanks());
        Path base = Path.of(one.base());
        DecoderBuilder builder = new DecoderBuilder(DecoderConfig.read(base, Map.of())).dtype(ScalarType.BFloat16);
        Adapters adapters = Adapters.of(new PeftOptions("lora", Map.of(), null), 1, Optional.of(one.quantization()));
        try (AdaptedModel model = adapters.load(builder, base);
                Trainer trainer = new Trainer(model, options, plan, groups, site.directory())) {
            RunIdentity identity = new RunIdentity("", 0, plan.globalBatch(), options.precision());
            trainer.run(
                    TrainerState.start(identity, STEPS, site.worldSize()), new TinyPacks(21), MeshMemory.NO_LISTENER);
            StateBytes bytes = trainer.state().memory();
            long linears = elements(model, true);
            return new Found(
                    linears,
                    elements(model, false),
                    adapters.numTrainedElements(),
                    bytes.weights(),
                    bytes.total() - bytes.buffers());
        }
    }

    private static long elements(AdaptedModel model, boolean linears) {
        return model.parts().stream()
                .flatMap(List::stream)
                .filter(parameter -> !parameter.isTrained())
                .filter(parameter -> linears == isLinear(parameter))
                .mapToLong(parameter -> parameter.split().wholeElements())
                .sum();
    }

    private static boolean isLinear(Parameter parameter) {
        return parameter.tensor().scalar_type().intern() == ScalarType.Byte;
    }
}
