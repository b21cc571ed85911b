package dev.packtrain.training.options;

/**
 * Everything that decides a training run's result. World size is not here: the cluster says it.
 *
 * @param model where the model comes from
 * @param batch which packs are trained on, in which portions and order
 * @param optimizer AdamW's settings
 * @param schedule how the learning rate moves
 * @param precision dtype of weights and activations; master weights are always fp32, and so are moments unless the optimizer's options say bf16
 * @param saving checkpoints and resuming
 * @param logging what is logged, and how often
 * @param parallel how the run is spread over its processes
 * @param evaluation when the run is evaluated on held-out data, if at all
 */
public record TrainingOptions(
        ModelOptions model,
        BatchOptions batch,
        OptimizerOptions optimizer,
        ScheduleOptions schedule,
        Precision precision,
        SavingOptions saving,
        LoggingOptions logging,
        ParallelOptions parallel,
        EvaluationOptions evaluation) {
    public TrainingOptions {
        evaluation = evaluation == null ? EvaluationOptions.NONE : evaluation;
    }

    /** Without evaluation. */
    public TrainingOptions(
            ModelOptions model,
            BatchOptions batch,
            OptimizerOptions optimizer,
            ScheduleOptions schedule,
            Precision precision,
            SavingOptions saving,
            LoggingOptions logging,
            ParallelOptions parallel) {
        this(model, batch, optimizer, schedule, precision, saving, logging, parallel, EvaluationOptions.NONE);
    }

    /** The same run on another model. */
    public TrainingOptions withModel(ModelOptions other) {
        return new TrainingOptions(other, batch, optimizer, schedule, precision, saving, logging, parallel, evaluation);
    }

    /** The same run with other checkpoints, or continuing from another one. */
    public TrainingOptions withSaving(SavingOptions newSaving) {
        return new TrainingOptions(
                model, batch, optimizer, schedule, precision, newSaving, logging, parallel, evaluation);
    }
}
