package dev.packtrain.training;

import dev.packtrain.training.checkpoint.ModelExport;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.PeftOptions;
import dev.packtrain.training.options.QuantizationOptions;
import dev.packtrain.training.peft.AdaptedModel;
import dev.packtrain.training.peft.AdapterDirectory;
import dev.packtrain.training.peft.Adapters;
import dev.packtrain.training.peft.BaseFingerprint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A run that trains adapters.
 *
 * @param model base and adapters
 * @param base directory of the base model, which a checkpoint does not hold
 */
record AdaptedRun(AdaptedModel model, Path base) {
    /**
     * Loads the base with the run's adapters.
     *
     * @param checkpoint that the run continues from, if any; its weights come later
     * @throws dev.packtrain.packing.BadInputException if the checkpoint belongs to another base
     */
    static AdaptedRun load(ModelOptions source, long seed, DecoderBuilder builder, Optional<Path> checkpoint) {
        Path base = Path.of(source.modelDir());
        PeftOptions peft = source.peft();
        Optional<QuantizationOptions> quantization = Optional.ofNullable(source.quantization());
        for (Path trained : checkpoint
                .map(List::of)
                .orElse(peft.adapterDir() == null ? List.of() : List.of(Path.of(peft.adapterDir())))) {
            BaseFingerprint.requireSame(trained, base, quantization);
        }
        AdaptedRun run = new AdaptedRun(Adapters.of(peft, seed, quantization).load(builder, base), base);
        checkpoint.ifPresent(saved -> run.requireSame(saved));
        return run;
    }

    private void requireSame(Path checkpoint) {
        try {
            AdapterDirectory.requireSameConfig(checkpoint, model.adapters());
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /** Writes what a checkpoint has beside the adapters' weights. */
    void writeConfig(Path dir) throws IOException {
        AdapterDirectory.writeConfig(dir, model.adapters(), base);
    }

    /** Makes an adapter directory of one with a model file that holds adapters alone. */
    void finish(Path dir) throws IOException {
        AdapterDirectory.finish(dir, dir.resolve(ModelExport.SINGLE), model.adapters(), base);
    }

    /** Figures for {@code train_results.json}. */
    Map<String, Double> figures() {
        double trained = model.adapters().numTrainedElements();
        Map<String, Double> figures =
                new LinkedHashMap<>(figures(trained, trained + model.adapters().numBaseElements()));
        figures.putAll(model.updateRule().figures());
        return figures;
    }

    /** The same of any run, from its numbers of elements. */
    static Map<String, Double> figures(double trained, double all) {
        return Map.of("trained_parameters", trained, "all_parameters", all, "trained_share", trained / all);
    }
}
