package dev.packtrain.jobs.launch;

import dev.packtrain.training.checkpoint.Checkpoints;
import dev.packtrain.training.options.SavingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * From where a run goes on that has to start again: from the newest checkpoint of its own, never from one that was there
 * before it and that it was not asked to continue.
 */
final class RestartPoint {
    private final SavingOptions asked;
    private final Path outputDir;
    private final Map<Integer, String> before;
    private volatile boolean started;

    /**
     * Before the first attempt.
     *
     * @param asked by the recipe
     * @param outputDir of the run; the driver need not see it, but then a run that was asked to continue from a certain
     *     checkpoint starts again from that one
     */
    RestartPoint(SavingOptions asked, Path outputDir) throws IOException {
        this.asked = asked;
        this.outputDir = outputDir;
        this.before = checkpoints();
    }

    /** Rank 0 trains: what the output directory held before is gone, or was asked for. */
    void started() {
        started = true;
    }

    /** For the next attempt. */
    SavingOptions next() throws IOException {
        Optional<Path> own = newestOwn();
        if (!started && own.isEmpty()) {
            return asked;
        }
        boolean certain = !asked.resume().isEmpty() && !asked.resume().equals("true");
        String resume = certain ? own.map(Path::toString).orElse(asked.resume()) : "true";
        // A rank may be lost once the model is there: what the run itself has written does not stop it.
        boolean overwrite = asked.overwriteOutputDir() || started;
        return new SavingOptions(asked.saveSteps(), asked.saveTotalLimit(), resume, overwrite);
    }

    /** In words, such as {@code from the checkpoint of step 500}. */
    String words() throws IOException {
        if (!Files.isDirectory(outputDir)) {
            return "from its last checkpoint";
        }
        String none = asked.resume().isEmpty() ? "from the beginning" : "from where it began";
        return newestOwn()
                .map(own -> "from the checkpoint of step " + Checkpoints.stepOf(own))
                .orElse(none + ", for there is no checkpoint of it yet,");
    }

    private Optional<Path> newestOwn() throws IOException {
        return checkpoints().entrySet().stream()
                .filter(each -> !each.getValue().equals(before.get(each.getKey())))
                .map(Map.Entry::getKey)
                .max(Comparator.naturalOrder())
                .map(new Checkpoints(outputDir)::of);
    }

    /** By step, what tells one from another of the same name. */
    private Map<Integer, String> checkpoints() throws IOException {
        Map<Integer, String> found = new TreeMap<>();
        if (!Files.isDirectory(outputDir)) {
            return found;
        }
        for (Path checkpoint : new Checkpoints(outputDir).newestFirst()) {
            BasicFileAttributes attributes = Files.readAttributes(checkpoint, BasicFileAttributes.class);
            found.put(
                    Checkpoints.stepOf(checkpoint),
                    Objects.toString(attributes.fileKey()) + attributes.lastModifiedTime());
        }
        return found;
    }
}
