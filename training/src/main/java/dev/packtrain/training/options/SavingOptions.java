package dev.packtrain.training.options;

/**
 * Checkpoints.
 *
 * @param saveSteps a checkpoint every so many steps; 0: none
 * @param saveTotalLimit newest checkpoints kept; 0: all
 * @param resume {@code ""}: start anew; {@code "true"}: from the newest complete checkpoint in the output directory, or
 *     anew if there is none; else the path of one checkpoint
 * @param overwriteOutputDir start anew although the output directory holds a result; a checkpoint that {@code resume}
 *     finds wins
 */
public record SavingOptions(int saveSteps, int saveTotalLimit, String resume, boolean overwriteOutputDir) {
    public SavingOptions {
        resume = resume == null ? "" : resume;
    }
}
