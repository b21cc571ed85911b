package dev.packtrain.training;

import dev.packtrain.training.options.BatchOptions;
import dev.packtrain.training.options.LoggingOptions;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.OptimizerOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.SavingOptions;
import dev.packtrain.training.options.ScheduleOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.util.Map;

/** Options of a short run, to be varied. */
record TinyOptions(
        int batchSize,
        int accumulation,
        int steps,
        Precision precision,
        SavingOptions saving,
        int loggingSteps,
        ParallelOptions parallel) {
    static final OptimizerOptions ADAMW = new OptimizerOptions(1e-2, 0.1, 0.9, 0.95, 1e-8, 1.0, false);

    static TinyOptions of(int batchSize, int accumulation, int steps) {
        return new TinyOptions(
                batchSize,
                accumulation,
                steps,
                Precision.FP32,
                new SavingOptions(0, 0, "", false),
                1,
                ParallelOptions.NONE);
    }

    TinyOptions saving(int saveSteps, int limit, String resume, boolean overwrite) {
        return new TinyOptions(
                batchSize,
                accumulation,
                steps,
                precision,
                new SavingOptions(saveSteps, limit, resume, overwrite),
                loggingSteps,
                parallel);
    }

    TinyOptions bf16() {
        return new TinyOptions(batchSize, accumulation, steps, Precision.BF16, saving, loggingSteps, parallel);
    }

    TinyOptions logging(int every) {
        return new TinyOptions(batchSize, accumulation, steps, precision, saving, every, parallel);
    }

    TinyOptions parallel(ParallelOptions newParallel) {
        return new TinyOptions(batchSize, accumulation, steps, precision, saving, loggingSteps, newParallel);
    }

    BatchOptions batch() {
        return new BatchOptions(batchSize, accumulation, steps, 1, 42);
    }

    TrainingOptions withConfig(String configFile) {
        return new TrainingOptions(
                new ModelOptions(null, configFile, Map.of()),
                batch(),
                ADAMW,
                new ScheduleOptions(ScheduleOptions.Type.COSINE, 2, 0),
                precision,
                saving,
                new LoggingOptions(loggingSteps, true),
                parallel);
    }
}
