package dev.packtrain.jobs.recipe;

import static dev.packtrain.jobs.recipe.Command.GENERATE;
import static dev.packtrain.jobs.recipe.Command.MERGE;
import static dev.packtrain.jobs.recipe.Command.PLAN;
import static dev.packtrain.jobs.recipe.Command.PREPARE;
import static dev.packtrain.jobs.recipe.Command.RUN;
import static dev.packtrain.jobs.recipe.Command.TOKENIZER;
import static dev.packtrain.jobs.recipe.Command.TRAIN;
import static dev.packtrain.jobs.recipe.RecipeKey.key;

import dev.packtrain.jobs.recipe.ValueType.Choice;
import dev.packtrain.jobs.recipe.ValueType.Entries;
import dev.packtrain.jobs.recipe.ValueType.Flag;
import dev.packtrain.jobs.recipe.ValueType.Real;
import dev.packtrain.jobs.recipe.ValueType.Text;
import dev.packtrain.jobs.recipe.ValueType.Whole;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The keys that are honoured, those of preparing data in {@link PreparingKeys} and {@link CleaningKeys}, those of several
 * processes in {@link ParallelKeys}, those of
 * evaluation in {@link EvaluationKeys}. Defaults are PaddleNLP's unless the text says why not. */
final class SupportedKeys {
    private static final Text PATH = new Text("PATH");
    private static final Flag FLAG = new Flag();
    private static final Whole COUNT = new Whole(1, Integer.MAX_VALUE);
    private static final Whole COUNT_OR_NONE = new Whole(0, Integer.MAX_VALUE);
    private static final Real POSITIVE = new Real(0, Double.MAX_VALUE);
    private static final Real SHARE = new Real(0, 1);
    private static final Set<Command> PREPARING = Set.of(PREPARE, RUN);
    private static final Set<Command> TRAINING = Set.of(TRAIN, RUN);
    private static final Set<Command> PLANNING = Set.of(TRAIN, RUN, PLAN);

    private static final List<RecipeKey> OTHERS = List.of(
            // Paths
            key(
                    "dataset_name_or_path",
                    PATH,
                    null,
                    "prepare, run, tokenizer: records (a JSONL file, a directory, any"
                            + " path Spark reads); train: prepared data",
                    KeyGroup.PATHS,
                    Set.of(PREPARE, TRAIN, RUN, TOKENIZER)),
            key(
                    "dataset_version",
                    COUNT,
                    null,
                    "version of the prepared data; unset: the current one, which is then written beside the result",
                    KeyGroup.PATHS,
                    Set.of(TRAIN)),
            key(
                    "tokenizer_name_or_path",
                    PATH,
                    null,
                    "a tokenizer.json or the directory that holds it",
                    KeyGroup.PATHS,
                    PREPARING),
            key(
                    "model_name_or_path",
                    PATH,
                    null,
                    "a Hugging Face model directory",
                    KeyGroup.PATHS,
                    Set.of(TRAIN, RUN, PLAN, GENERATE, MERGE)),
            key(
                    "output_dir",
                    PATH,
                    null,
                    "where the result goes; run: its data/ and model/ go there",
                    KeyGroup.PATHS,
                    Set.of(PREPARE, TRAIN, RUN, TOKENIZER, MERGE)),
            key(
                    "overwrite_output_dir",
                    FLAG,
                    false,
                    "replace a result that is already there",
                    KeyGroup.PATHS,
                    Set.of(PREPARE, TRAIN, RUN, TOKENIZER, MERGE)),
            // Model
            key("config_name", PATH, null, "a config.json to train from scratch with", KeyGroup.MODEL, PLANNING),
            key(
                    "config_overrides",
                    new Entries(),
                    null,
                    "with config_name: entries to replace",
                    KeyGroup.MODEL,
                    PLANNING),
            key(
                    "bf16",
                    FLAG,
                    false,
                    "bfloat16 weights and activations, fp32 master weights",
                    KeyGroup.MODEL,
                    Set.of(TRAIN, RUN, PLAN, GENERATE)),
            key(
                    "use_flash_attention",
                    FLAG,
                    null,
                    "true: Packtrain's attention kernels, or an error where they are missing; false: the plain formula;"
                            + " unset: the fastest there is",
                    KeyGroup.MODEL,
                    TRAINING),
            key(
                    "flash_mask",
                    FLAG,
                    null,
                    "true: Packtrain's attention kernels, as use_flash_attention says; the packing stays as it is"
                            + " (PaddleNLP: turns zero_padding on)",
                    KeyGroup.MODEL,
                    TRAINING),
            key(
                    "use_fused_kernels",
                    FLAG,
                    null,
                    "on a GPU, for norms, rotary positions, SwiGLU, the loss, AdamW and quantised weights; true: Packtrain's"
                            + " kernels, or an error where they are missing; false: libtorch's operations; unset: the"
                            + " kernels where they are",
                    KeyGroup.MODEL,
                    Set.of(TRAIN, RUN, PLAN, GENERATE)),
            // Batches
            key(
                    "per_device_train_batch_size",
                    COUNT,
                    1L,
                    "packs in a rank's microbatch (PaddleNLP's default is 8" + " examples; a pack already holds many)",
                    KeyGroup.BATCH,
                    PLANNING),
            key("gradient_accumulation_steps", COUNT, 1L, "microbatches of a rank in a step", KeyGroup.BATCH, PLANNING),
            key(
                    "max_steps",
                    new Whole(-1, Integer.MAX_VALUE),
                    -1L,
                    "steps in all; -1: as many as num_train_epochs takes",
                    KeyGroup.BATCH,
                    TRAINING),
            key("num_train_epochs", POSITIVE, 3.0, "passes over the data", KeyGroup.BATCH, TRAINING),
            key(
                    "seed",
                    new Whole(Long.MIN_VALUE, Long.MAX_VALUE),
                    42L,
                    "of the pack order, the initial weights, the" + " sampling",
                    KeyGroup.BATCH,
                    Set.of(PREPARE, TRAIN, RUN, GENERATE)),
            // Optimizer
            key("learning_rate", POSITIVE, 2e-5, "peak", KeyGroup.OPTIMIZER, TRAINING),
            key("weight_decay", POSITIVE, 0.0, "decoupled, none on norms and biases", KeyGroup.OPTIMIZER, TRAINING),
            key("adam_beta1", SHARE, 0.9, "decay of the first moment", KeyGroup.OPTIMIZER, TRAINING),
            key("adam_beta2", SHARE, 0.999, "decay of the second moment", KeyGroup.OPTIMIZER, TRAINING),
            key("adam_epsilon", POSITIVE, 1e-8, "added to the root of the second moment", KeyGroup.OPTIMIZER, TRAINING),
            key(
                    "use_lowprecision_moment",
                    FLAG,
                    false,
                    "both moments of AdamW in bfloat16, rounded at random: 4 bytes a parameter less",
                    KeyGroup.OPTIMIZER,
                    PLANNING),
            key(
                    "max_grad_norm",
                    POSITIVE,
                    1.0,
                    "gradients are clipped to this norm; 0: not",
                    KeyGroup.OPTIMIZER,
                    TRAINING),
            key(
                    "lr_scheduler_type",
                    new Choice(List.of("linear", "cosine", "constant", "constant_with_warmup")),
                    "linear",
                    "after the warm-up",
                    KeyGroup.OPTIMIZER,
                    TRAINING),
            key(
                    "warmup_steps",
                    COUNT_OR_NONE,
                    0L,
                    "steps of warm-up; 0: warmup_ratio decides",
                    KeyGroup.OPTIMIZER,
                    TRAINING),
            key("warmup_ratio", SHARE, 0.0, "share of all steps", KeyGroup.OPTIMIZER, TRAINING),
            // Checkpoints and logs
            key(
                    "save_steps",
                    COUNT_OR_NONE,
                    500L,
                    "a checkpoint every so many steps; 0: none",
                    KeyGroup.SAVING,
                    TRAINING),
            key("save_total_limit", COUNT_OR_NONE, 0L, "newest checkpoints kept; 0: all", KeyGroup.SAVING, TRAINING),
            key(
                    "resume_from_checkpoint",
                    new ValueType.FlagOrPath(),
                    null,
                    "true: from the newest checkpoint in output_dir; or" + " a checkpoint's path",
                    KeyGroup.SAVING,
                    TRAINING),
            key(
                    "logging_steps",
                    COUNT,
                    1L,
                    "a line of metrics every so many steps (PaddleNLP: 500)",
                    KeyGroup.SAVING,
                    TRAINING),
            key(
                    "report_to",
                    new Choice(List.of("tensorboard", "none")),
                    "tensorboard",
                    "event files in runs/",
                    KeyGroup.SAVING,
                    TRAINING),
            // Devices
            key(
                    "device",
                    new Choice(List.of("cpu", "cuda")),
                    "cpu",
                    "where tensors live",
                    KeyGroup.DEVICE,
                    Set.of(TRAIN, RUN, PLAN, GENERATE)),
            key("ddp_timeout", COUNT, 1800L, "seconds until a silent rank ends the run", KeyGroup.DEVICE, TRAINING),
            // Generation
            key("max_new_tokens", COUNT, 128L, "tokens to write at most", KeyGroup.GENERATION, Set.of(GENERATE)),
            key(
                    "do_sample",
                    FLAG,
                    false,
                    "sample instead of taking the likeliest token",
                    KeyGroup.GENERATION,
                    Set.of(GENERATE)),
            key(
                    "temperature",
                    POSITIVE,
                    1.0,
                    "divides the logits before sampling",
                    KeyGroup.GENERATION,
                    Set.of(GENERATE)),
            key(
                    "top_k",
                    COUNT_OR_NONE,
                    50L,
                    "sample among the likeliest k; 0: all",
                    KeyGroup.GENERATION,
                    Set.of(GENERATE)),
            key(
                    "top_p",
                    SHARE,
                    1.0,
                    "sample among the likeliest that reach this probability",
                    KeyGroup.GENERATION,
                    Set.of(GENERATE)));

    static final List<RecipeKey> ALL = Stream.of(
                    PreparingKeys.ALL,
                    CleaningKeys.ALL,
                    OTHERS,
                    ParallelKeys.ALL,
                    PeftKeys.ALL,
                    EvaluationKeys.ALL,
                    QuantizationKeys.ALL)
            .flatMap(List::stream)
            .toList();

    private SupportedKeys() {}
}
