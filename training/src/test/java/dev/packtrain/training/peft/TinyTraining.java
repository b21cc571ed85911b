package dev.packtrain.training.peft;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.Trainer;
import dev.packtrain.training.TrainerListener;
import dev.packtrain.training.checkpoint.RunIdentity;
import dev.packtrain.training.checkpoint.TrainerState;
import dev.packtrain.training.data.PackSource;
import dev.packtrain.training.data.StepPlan;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.metrics.StepFigures;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.options.BatchOptions;
import dev.packtrain.training.options.LoggingOptions;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.OptimizerOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.SavingOptions;
import dev.packtrain.training.options.ScheduleOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Steps of AdamW in one process, all on one pack, as the golden scripts make them. */
final class TinyTraining {
    private static final OptimizerOptions ADAMW = new OptimizerOptions(2e-3, 0.1, 0.9, 0.95, 1e-8, 1.0, false);

    private TinyTraining() {}

    /** The losses of a model, which has the trained weights then. */
    static List<Double> losses(AdaptedModel model, PackedSequence pack, int steps, Path temp)
            throws IOException, InterruptedException {
        return losses(model, Precision.FP32, pack, steps, temp);
    }

    /** The same of any model, whose dtype is that of {@code precision}. */
    static List<Double> losses(CausalLM model, Precision precision, PackedSequence pack, int steps, Path temp)
            throws IOException, InterruptedException {
        TrainingOptions run = new TrainingOptions(
                new ModelOptions("unused", null, Map.of()),
                new BatchOptions(1, 1, steps, 1, 42),
                ADAMW,
                new ScheduleOptions(ScheduleOptions.Type.CONSTANT, 0, 0),
                precision,
                new SavingOptions(0, 0, "", false),
                new LoggingOptions(1, false),
                ParallelOptions.NONE);
        List<Double> losses = new ArrayList<>();
        StepPlan plan = new StepPlan(1, run.batch(), 1);
        RunIdentity identity = new RunIdentity("golden", 42, 1, precision);
        try (Trainer trainer = new Trainer(model, run, plan, MeshGroups.single(), temp)) {
            trainer.run(TrainerState.start(identity, steps, 1), always(pack), listener(losses));
        }
        return losses;
    }

    private static PackSource always(PackedSequence pack) {
        return new PackSource() {
            @Override
            public int numPacks() {
                return 1;
            }

            @Override
            public PackedSequence get(int index) {
                return pack;
            }
        };
    }

    private static TrainerListener listener(List<Double> losses) {
        return new TrainerListener() {
            @Override
            public void stepDone(TrainerState state, StepFigures figures) {
                losses.add(figures.loss());
            }

            @Override
            public void logDue(TrainerState state, StepFigures figures) {}

            @Override
            public void checkpointDue(TrainerState state) {}
        };
    }
}
