package dev.packtrain.training;

import dev.packtrain.training.checkpoint.OutputLock;
import dev.packtrain.training.launch.TrainerEvent;

/**
 * What rank 0 does with news of the lock of its output directory: tells its parent, and ends if it is lost.
 *
 * @param parent who started this process
 * @param outputDir whose lock it is
 */
record LockWatcher(ParentLink parent, String outputDir) implements OutputLock.Watcher {
    @Override
    public void lost() {
        parent.send(new TrainerEvent.Failed(
                TrainerEvent.Failed.Kind.INTERNAL,
                "another job took output_dir %s away, after this one had been silent for long; look whether its host sleeps or swaps."
                        .formatted(outputDir)));
        Runtime.getRuntime().halt(ExitCode.INTERNAL.code());
    }

    @Override
    public void waiting(String what) {
        parent.send(new TrainerEvent.Notice(what));
    }
}
