package dev.packtrain.jobs.launch;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.TrainingRecipe;
import java.nio.file.Path;
import java.util.Map;

/** Plans whose ranks are {@link FakeTrainer}s. */
final class FakePlan {
    // Spark reads the first of them once a context, whichever test comes first: all have the same.
    private static final RankPlan.Deadlines DEADLINES = new RankPlan.Deadlines(30, 300, 300, 2, 2);

    private FakePlan() {}

    /** Of data parallel ranks that write to {@code dir} and behave as {@code script} says. */
    static RankPlan of(Path dir, String script, int worldSize) {
        Map<String, Object> keys =
                Map.of("dataset_name_or_path", "d", "config_name", "c", "output_dir", dir.toString());
        return new RankPlan(
                new RankPlan.Mesh(worldSize, 1, 1, false),
                "cpu",
                new RankPlan.Paths(dir.toString(), 1, null, dir.toString(), Map.of()),
                json(TrainingRecipe.options(Recipe.of(keys).resolve(Command.TRAIN))),
                script,
                new RankPlan.Child(FakeTrainer.class.getName(), "64m", 1),
                DEADLINES);
    }

    private static String json(Object options) {
        try {
            return new ObjectMapper().writeValueAsString(options);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
