package dev.packtrain.training.checkpoint;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.SavingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What stands in {@code output_dir} before a run that does not go on from there. */
final class EarlierResults {
    /** What a run writes first. */
    static final String METRICS = "metrics.jsonl";

    /** What it writes together with the weights. */
    static final String RECIPE = "recipe.json";

    private EarlierResults() {}

    /**
     * Refuses a directory with results that nobody asked to replace, or with what is no run's.
     *
     * @throws BadInputException with what is there, and what to set or to choose
     */
    static void requireNone(Path dir, Checkpoints checkpoints, SavingOptions saving) throws IOException {
        requireOwnRecipe(dir);
        if (saving.overwriteOutputDir()) {
            return;
        }
        boolean comesFromElsewhere =
                !saving.resume().isEmpty() && !saving.resume().equals("true");
        String instead = comesFromElsewhere
                ? "resume_from_checkpoint is %s, of another directory, so choose another output_dir"
                        .formatted(saving.resume())
                : "choose another one, or set overwrite_output_dir to replace it";
        for (String weights : OutputDirectory.WEIGHTS) {
            if (Files.exists(dir.resolve(weights))) {
                throw new BadInputException(
                        "output_dir %s already holds a finished model (%s); %s.".formatted(dir, weights, instead));
            }
        }
        List<Path> old = checkpoints.newestFirst();
        if (!old.isEmpty()) {
            throw new BadInputException(
                    "output_dir %s already holds %s of an earlier run; %s."
                            .formatted(
                                    dir,
                                    old.get(0).getFileName(),
                                    comesFromElsewhere
                                            ? instead
                                                    + ", or set resume_from_checkpoint to true to continue what is here"
                                            : "set resume_from_checkpoint to true to continue it, or overwrite_output_dir to start anew"));
        }
    }

    /** A data set has a file of that name, and many a folder where somebody keeps what to train. */
    private static void requireOwnRecipe(Path dir) {
        boolean run = Files.exists(dir.resolve(METRICS))
                || OutputDirectory.WEIGHTS.stream().anyMatch(weights -> Files.exists(dir.resolve(weights)));
        if (!run && Files.exists(dir.resolve(RECIPE))) {
            throw new BadInputException(
                    "output_dir %s holds a %s but no run (it is a data set, or a folder of recipes), and a run would replace that file; choose another one."
                            .formatted(dir, RECIPE));
        }
    }
}
