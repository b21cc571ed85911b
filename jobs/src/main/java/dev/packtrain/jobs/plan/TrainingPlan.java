package dev.packtrain.jobs.plan;

import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.model.DecoderConfig;
import java.util.List;

/**
 * What a run would take.
 *
 * @param work what is trained
 * @param machines what it was assumed to run on
 * @param mesh the grid that the recipe asks for
 * @param parameters of the whole model
 * @param memory of a rank
 * @param traffic of a rank in a step
 * @param time of a step
 * @param search the smallest mesh that fits
 */
public record TrainingPlan(
        Workload work,
        Machines machines,
        DeviceMesh mesh,
        ParameterCount parameters,
        RankMemory memory,
        List<Transfer> traffic,
        StepTime time,
        MeshSearch.Found search) {
    /**
     * Plans.
     *
     * @param mesh fits the model and {@code machines.gpus()}
     */
    public static TrainingPlan of(Workload work, Machines machines, DeviceMesh mesh) {
        List<Transfer> traffic = StepTraffic.of(work, mesh);
        return new TrainingPlan(
                work,
                machines,
                mesh,
                ParameterCount.of(work.model(), 1),
                RankMemory.of(work, mesh),
                traffic,
                StepTime.of(work, mesh, machines, traffic),
                new MeshSearch(work, machines).search());
    }

    /** Whether a rank's memory is enough. */
    public boolean fits() {
        return memory.total() <= machines.usableBytes();
    }

    /** Names of all linears that adapters can be put around. */
    public static List<String> modules(DecoderConfig model) {
        return Elements.modules(model);
    }

    /** Parameters that are trained, of the whole model. */
    public long trainedParameters() {
        return Elements.of(work, 1).trained();
    }

    /** Tokens of a step, over all ranks. */
    public long tokensInStep() {
        return (long) work.packTokens() * work.passes() * mesh.numDataRanks();
    }
}
