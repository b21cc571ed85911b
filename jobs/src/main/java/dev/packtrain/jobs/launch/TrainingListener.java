package dev.packtrain.jobs.launch;

import dev.packtrain.training.launch.TrainerEvent;

/** Told what the ranks do, about once a second, on a thread of Spark's. */
@FunctionalInterface
public interface TrainingListener {
    /** An event of a rank; each once, in the rank's order; some may be missing when a rank sends very many. */
    void onEvent(int rank, TrainerEvent event);
}
