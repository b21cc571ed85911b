package dev.packtrain.jobs;

import dev.packtrain.jobs.recipe.Command;
import dev.packtrain.jobs.recipe.PreparingRecipe;
import dev.packtrain.jobs.recipe.Recipe;
import dev.packtrain.jobs.recipe.Settings;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.tokenizer.BpeTrainer;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;

/** Trains a byte-level BPE on a data set and writes a Hugging Face {@code tokenizer.json}. */
public final class TokenizerJob {
    private static final String TOKENIZER_JSON = "tokenizer.json";

    private TokenizerJob() {}

    /** {@code spark-submit --class dev.packtrain.jobs.TokenizerJob jobs.jar --dataset_name_or_path F --output_dir T …} */
    public static void main(String[] args) {
        Packtrain.submit("tokenizer", args);
    }

    /**
     * Trains quietly.
     *
     * @return {@code output_dir}, which then holds {@code tokenizer.json} and {@code tokenizer_config.json}
     */
    public static Path run(SparkSession spark, Recipe recipe) throws IOException {
        return run(spark, recipe.resolve(Command.TOKENIZER));
    }

    /** Trains into {@code output_dir}. */
    public static Path run(SparkSession spark, Settings settings) throws IOException {
        Path output = DataLocation.localOutput(settings.text("output_dir"));
        if (Files.exists(output.resolve(TOKENIZER_JSON)) && !settings.flag("overwrite_output_dir")) {
            throw new BadInputException("%s is there already; choose another output_dir, or set overwrite_output_dir"
                    .formatted(output.resolve(TOKENIZER_JSON)));
        }
        TokenizerFiles files = BpeTrainer.train(spark, PreparingRecipe.source(settings), settings.count("vocab_size"));
        try {
            files.writeTo(output);
        } catch (IOException unwritable) {
            throw new BadInputException(
                    "cannot write to output_dir %s (%s); give a directory that you may write to"
                            .formatted(output, unwritable),
                    unwritable);
        }
        return output;
    }
}
