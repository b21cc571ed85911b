package dev.packtrain.jobs.bench;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.options.AttentionOption;
import dev.packtrain.training.options.BatchOptions;
import dev.packtrain.training.options.LoggingOptions;
import dev.packtrain.training.options.ModelOptions;
import dev.packtrain.training.options.OptimizerOptions;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.Precision;
import dev.packtrain.training.options.SavingOptions;
import dev.packtrain.training.options.ScheduleOptions;
import dev.packtrain.training.options.TrainingOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.global.torch.ScalarType;
import picocli.CommandLine.Option;

/** What {@link BenchTrain} and every layout of {@link BenchScaling} work on: one model, and packs of equally long documents. */
final class StepWork {
    @Option(names = "--vocab_size", defaultValue = "8000", description = "default: ${DEFAULT-VALUE}")
    int vocabSize;

    @Option(names = "--hidden_size", defaultValue = "512", description = "default: ${DEFAULT-VALUE}")
    int hiddenSize;

    @Option(names = "--intermediate_size", defaultValue = "1408", description = "default: ${DEFAULT-VALUE}")
    int intermediateSize;

    @Option(names = "--num_hidden_layers", defaultValue = "8", description = "default: ${DEFAULT-VALUE}")
    int numHiddenLayers;

    @Option(names = "--num_attention_heads", defaultValue = "8", description = "default: ${DEFAULT-VALUE}")
    int numAttentionHeads;

    @Option(names = "--num_key_value_heads", defaultValue = "8", description = "default: ${DEFAULT-VALUE}")
    int numKeyValueHeads;

    @Option(names = "--head_dim", defaultValue = "64", description = "default: ${DEFAULT-VALUE}")
    int headDim;

    @Option(names = "--max_length", defaultValue = "2048", description = "tokens of a pack; default: ${DEFAULT-VALUE}")
    int maxLength;

    @Option(names = "--documents", defaultValue = "16", description = "in a pack; default: ${DEFAULT-VALUE}")
    int documents;

    @Option(names = "--bf16", description = "bfloat16 weights and activations, fp32 master weights")
    boolean bf16;

    @Option(names = "--flash_mask", description = "as for train: Packtrain's own attention kernels, or an error")
    boolean flashMask;

    @Option(names = "--warmup", defaultValue = "2", description = "steps not counted; default: ${DEFAULT-VALUE}")
    int warmup;

    @Option(names = "--steps", defaultValue = "5", description = "steps counted; default: ${DEFAULT-VALUE}")
    int steps;

    /** The same on the command line of a rank. */
    List<String> arguments() {
        List<String> arguments = new ArrayList<>(List.of(
                "--vocab_size", Integer.toString(vocabSize),
                "--hidden_size", Integer.toString(hiddenSize),
                "--intermediate_size", Integer.toString(intermediateSize),
                "--num_hidden_layers", Integer.toString(numHiddenLayers),
                "--num_attention_heads", Integer.toString(numAttentionHeads),
                "--num_key_value_heads", Integer.toString(numKeyValueHeads),
                "--head_dim", Integer.toString(headDim),
                "--max_length", Integer.toString(maxLength),
                "--documents", Integer.toString(documents),
                "--warmup", Integer.toString(warmup),
                "--steps", Integer.toString(steps)));
        if (bf16) {
            arguments.add("--bf16");
        }
        if (flashMask) {
            arguments.add("--flash_mask");
        }
        return arguments;
    }

    /** Refuses documents without a token to predict. */
    void check() {
        if (documents < 1 || maxLength / documents < 2) {
            throw new BadInputException(
                    "--documents is %d and --max_length %d; give each document at least 2 tokens, so that one is predicted."
                            .formatted(documents, maxLength));
        }
    }

    PackedSequence pack() {
        check();
        return TimedSteps.pack(vocabSize, maxLength, documents);
    }

    /** Of weights and activations. */
    ScalarType dtype() {
        return bf16 ? ScalarType.BFloat16 : ScalarType.Float;
    }

    String dtypeName() {
        return bf16 ? "bf16" : "fp32";
    }

    /** The model that is measured. */
    DecoderConfig llama() {
        return new DecoderConfig(
                vocabSize,
                hiddenSize,
                intermediateSize,
                numHiddenLayers,
                numAttentionHeads,
                numKeyValueHeads,
                headDim,
                1e-6,
                10_000,
                false,
                maxLength,
                0.02,
                null);
    }

    /**
     * As many layers and documents with next to no arithmetic: one head of the smallest width that the kernels take, 2 tokens a document.
     * Its steps are short, so they are many: those of a long run, for which Java has compiled what it runs.
     */
    StepWork tiny() {
        StepWork tiny = new StepWork();
        tiny.vocabSize = 64;
        tiny.hiddenSize = 64;
        tiny.intermediateSize = 64;
        tiny.numHiddenLayers = numHiddenLayers;
        tiny.numAttentionHeads = 1;
        tiny.numKeyValueHeads = 1;
        tiny.headDim = 64;
        tiny.maxLength = 2 * documents;
        tiny.documents = documents;
        tiny.bf16 = bf16;
        tiny.flashMask = flashMask;
        tiny.warmup = 200;
        tiny.steps = 100;
        return tiny;
    }

    /**
     * The run of one data rank.
     *
     * @param packs of a data rank in a step, one a microbatch
     */
    TrainingOptions options(int packs, boolean lowPrecisionMoments, ParallelOptions parallel) {
        return options(new ModelOptions(null, "bench", Map.of()), packs, lowPrecisionMoments, parallel);
    }

    /** The same with another model than {@link #llama()} from scratch. */
    TrainingOptions options(ModelOptions model, int packs, boolean lowPrecisionMoments, ParallelOptions parallel) {
        return new TrainingOptions(
                flashMask ? model.withAttention(AttentionOption.FLASH) : model,
                new BatchOptions(1, packs, warmup + steps, 1, 42),
                new OptimizerOptions(1e-4, 0.01, 0.9, 0.999, 1e-8, 1.0, lowPrecisionMoments),
                new ScheduleOptions(ScheduleOptions.Type.CONSTANT, 0, 0),
                bf16 ? Precision.BF16 : Precision.FP32,
                new SavingOptions(0, 0, "", false),
                new LoggingOptions(Integer.MAX_VALUE, false),
                parallel);
    }
}
