package dev.packtrain.training.checkpoint;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.OptimizerOptions;
import dev.packtrain.training.options.ScheduleOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a resumed run may learn with otherwise than before, as keys of the recipe: the optimizer's settings, the schedule,
 * noise, and the settings of adapters. A checkpoint keeps them to tell what has changed, not to bring them back: the recipe
 * decides.
 *
 * @param values by key, sorted
 */
public record LearningSettings(Map<String, String> values) {
    /** Its name in a checkpoint. */
    public static final String FILE_NAME = "learning_settings.json";

    public LearningSettings {
        values = new TreeMap<>(values);
    }

    /** Those of a run. */
    public static LearningSettings of(TrainingOptions options) {
        OptimizerOptions optimizer = options.optimizer();
        ScheduleOptions schedule = options.schedule();
        Map<String, String> values = new TreeMap<>();
        values.put("learning_rate", String.valueOf(optimizer.learningRate()));
        values.put("weight_decay", String.valueOf(optimizer.weightDecay()));
        values.put("adam_beta1", String.valueOf(optimizer.adamBeta1()));
        values.put("adam_beta2", String.valueOf(optimizer.adamBeta2()));
        values.put("adam_epsilon", String.valueOf(optimizer.adamEpsilon()));
        values.put("max_grad_norm", String.valueOf(optimizer.maxGradNorm()));
        values.put("lr_scheduler_type", schedule.type().key());
        values.put("warmup_steps", String.valueOf(schedule.warmupSteps()));
        values.put("warmup_ratio", String.valueOf(schedule.warmupRatio()));
        values.put("neftune_noise_alpha", String.valueOf(options.model().neftuneNoiseAlpha()));
        options.model().peft().settings().forEach((key, value) -> values.put(key, String.valueOf(value)));
        return new LearningSettings(values);
    }

    /** Writes the file into a checkpoint. */
    public void write(Path dir) throws IOException {
        Files.writeString(dir.resolve(FILE_NAME), StrictJson.MAPPER.writeValueAsString(values) + "\n");
    }

    /** Reads the file of a checkpoint; nothing of one that has none. */
    public static LearningSettings read(Path dir) throws IOException {
        Path file = dir.resolve(FILE_NAME);
        if (!Files.isRegularFile(file)) {
            return new LearningSettings(Map.of());
        }
        try {
            return new LearningSettings(
                    StrictJson.MAPPER.readValue(Files.readString(file), new TypeReference<Map<String, String>>() {}));
        } catch (JsonProcessingException e) {
            throw new BadInputException(
                    "%s cannot be read (%s); it was written by another version or damaged: resume from another checkpoint."
                            .formatted(file, e.getOriginalMessage()),
                    e);
        }
    }

    /**
     * One sentence for each setting that both have and that differs.
     *
     * @param now of the run that goes on
     * @param step steps done
     */
    public List<String> changes(LearningSettings now, int step) {
        List<String> changes = new ArrayList<>();
        values.forEach((key, before) -> {
            String after = now.values.getOrDefault(key, before);
            if (!after.equals(before)) {
                changes.add("%s is %s from step %d on; up to there it was %s.".formatted(key, after, step + 1, before));
            }
        });
        return changes;
    }
}
