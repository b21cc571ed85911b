package dev.packtrain.jobs;

import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.QuantizationKeys;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.checkpoint.Durable;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.peft.AdapterMerge;
import dev.packtrain.training.peft.MergeCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.OptionalDouble;
import java.util.UUID;
import java.util.stream.Stream;

/** Makes a plain model directory of a base model and an adapter. Needs no Spark. */
public final class MergeJob {
    private MergeJob() {}

    /** {@code spark-submit --class dev.packtrain.jobs.MergeJob jobs.jar --lora_path A --output_dir M} */
    public static void main(String[] args) {
        Packtrain.submit("merge", args);
    }

    /**
     * What was written.
     *
     * @param modelDir a Hugging Face directory
     * @param result of merging
     * @param error of the logits, relative to the largest; empty if it was not looked at
     */
    public record Merged(Path modelDir, AdapterMerge.Result result, OptionalDouble error) {}

    /** Merges and verifies. */
    public static Merged run(Recipe recipe) throws IOException {
        return run(recipe.resolve(Command.MERGE), true);
    }

    /**
     * Merges into a directory beside the output, which takes its place when all is there and, if asked, verified.
     *
     * @param verify whether to compare the merged model with the base and its adapter
     */
    public static Merged run(Settings settings, boolean verify) throws IOException {
        Path output = Path.of(settings.text("output_dir")).toAbsolutePath().normalize();
        boolean replace = settings.flag("overwrite_output_dir");
        if (!replace && holdsSomething(output)) {
            throw new BadInputException(
                    "output_dir %s is not empty; choose another one, or set overwrite_output_dir to replace it."
                            .formatted(output));
        }
        TorchRuntime.start(Runtime.getRuntime().availableProcessors());
        try (AdapterMerge merge = AdapterMerge.open(
                Path.of(settings.text("lora_path")),
                settings.optionalText("model_name_or_path").map(Path::of),
                QuantizationKeys.mergesIntoOriginal(settings))) {
            for (Path source : new Path[] {merge.base(), merge.directory().path()}) {
                if (source.toAbsolutePath().normalize().startsWith(output)) {
                    throw new BadInputException("output_dir %s holds %s, which is to be merged; choose another one."
                            .formatted(output, source));
                }
            }
            return write(merge, output, verify);
        }
    }

    private static boolean holdsSomething(Path output) throws IOException {
        if (!Files.isDirectory(output)) {
            return Files.exists(output);
        }
        try (Stream<Path> files = Files.list(output)) {
            return files.findAny().isPresent();
        }
    }

    private static Merged write(AdapterMerge merge, Path output, boolean verify) throws IOException {
        Files.createDirectories(output.getParent());
        Path temp = output.resolveSibling("." + output.getFileName() + ".tmp-" + UUID.randomUUID());
        Files.createDirectory(temp);
        try {
            AdapterMerge.Result result = merge.write(temp);
            OptionalDouble error = verify ? OptionalDouble.of(MergeCheck.run(merge, temp)) : OptionalDouble.empty();
            Durable.delete(output);
            Files.move(temp, output, StandardCopyOption.ATOMIC_MOVE);
            return new Merged(output, result, error);
        } finally {
            Durable.delete(temp);
        }
    }
}
