package dev.packtrain.jobs;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.RunConfig;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.parallel.TensorParallelRules;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Whether a run can be spread over its processes as its recipe asks, before any of them starts. */
final class MeshCheck {
    private MeshCheck() {}

    /**
     * The grid of a run.
     *
     * @param worldSize number of processes
     * @param model of which a tensor degree needs {@code config.json}
     * @param vocabSize of the data's tokenizer, which a config without one takes; empty if it is not known yet
     * @param option that says how many processes there are, for messages
     * @throws BadInputException with the degrees that would work
     */
    static DeviceMesh mesh(
            int worldSize, ParallelOptions parallel, ModelOptions model, OptionalInt vocabSize, String option)
            throws IOException {
        int tensor = parallel.tensorParallelDegree();
        if (worldSize == 1 && Math.max(tensor, parallel.shardingParallelDegree()) > 1) {
            throw new BadInputException("%s is %d, but this run has one process; start more with %s, or leave it out"
                    .formatted(
                            tensor > 1 ? "tensor_parallel_degree" : "sharding_parallel_degree",
                            tensor > 1 ? tensor : parallel.shardingParallelDegree(),
                            option));
        }
        if (tensor > 1) {
            Optional<DecoderConfig> config = RunConfig.of(model, vocabSize);
            if (config.isPresent()) {
                requireFit(worldSize, tensor, config.get(), option);
            }
        }
        return DeviceMesh.of(worldSize, parallel);
    }

    private static void requireFit(int worldSize, int tensor, DecoderConfig model, String option) {
        List<Integer> fitting = TensorParallelRules.degrees(model).stream()
                .filter(degree -> worldSize % degree == 0)
                .toList();
        if (!fitting.contains(tensor)) {
            throw new BadInputException(
                    "tensor_parallel_degree is %d, but %d processes and a model of %d attention heads, %d key and value heads and intermediate_size %d allow %s; set it to one of these, or start another number of processes with %s"
                            .formatted(
                                    tensor,
                                    worldSize,
                                    model.numAttentionHeads(),
                                    model.numKeyValueHeads(),
                                    model.intermediateSize(),
                                    fitting,
                                    option));
        }
    }
}
