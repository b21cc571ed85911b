package dev.packtrain.jobs.recipe;

import static dev.packtrain.jobs.recipe.Command.PLAN;
import static dev.packtrain.jobs.recipe.Command.PREPARE;
import static dev.packtrain.jobs.recipe.Command.RUN;
import static dev.packtrain.jobs.recipe.Command.TOKENIZER;
import static dev.packtrain.jobs.recipe.RecipeKey.key;

import dev.packtrain.jobs.recipe.ValueType.Choice;
import dev.packtrain.jobs.recipe.ValueType.Entries;
import dev.packtrain.jobs.recipe.ValueType.Flag;
import dev.packtrain.jobs.recipe.ValueType.Real;
import dev.packtrain.jobs.recipe.ValueType.Text;
import dev.packtrain.jobs.recipe.ValueType.Whole;
import dev.packtrain.packing.PackingMethod;
import dev.packtrain.pipeline.DatasetFormat;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/** The keys that say how rows become packs. */
final class PreparingKeys {
    private static final Flag FLAG = new Flag();
    private static final Whole COUNT = new Whole(1, Integer.MAX_VALUE);
    private static final Real SHARE = new Real(0, 1);
    private static final Set<Command> PREPARING = Set.of(PREPARE, RUN);
    private static final Set<Command> READING = Set.of(PREPARE, RUN, TOKENIZER);

    /** Value of {@code packing_method} that leaves the choice to PaddleNLP's flags. */
    static final String BY_FLAGS = "auto";

    static final List<RecipeKey> ALL = List.of(
            // Data
            key(
                    "append",
                    FLAG,
                    false,
                    "add the rows to the data set in output_dir, as its next version",
                    KeyGroup.DATA,
                    Set.of(PREPARE)),
            key(
                    "dataset_weights",
                    new Text("W,W,…"),
                    null,
                    "mix the data sets that dataset_name_or_path names with commas, each so often",
                    KeyGroup.DATA,
                    PREPARING),
            key(
                    "dataset_format",
                    new Choice(formats()),
                    DatasetFormat.AUTO,
                    "shape of the rows; auto: see it from the first of them",
                    KeyGroup.DATA,
                    READING),
            key(
                    "autoregressive",
                    FLAG,
                    false,
                    "rows are plain text, in text_field or else src_field",
                    KeyGroup.DATA,
                    READING),
            key("text_field", new Text("NAME"), "text", "field that holds a plain text", KeyGroup.DATA, READING),
            key("src_field", new Text("NAME"), "src", "field that holds the source", KeyGroup.DATA, READING),
            key("tgt_field", new Text("NAME"), "tgt", "field that holds the target", KeyGroup.DATA, READING),
            key(
                    "src_length",
                    COUNT,
                    1024L,
                    "with overflow truncate: a longer source is cut to this many tokens; at most half of max_length by default",
                    KeyGroup.DATA,
                    PREPARING),
            key(
                    "max_length",
                    new Whole(2, 1 << 24),
                    2048L,
                    "tokens in a pack; overflow says what becomes of longer rows",
                    KeyGroup.DATA,
                    Set.of(PREPARE, RUN, PLAN)),
            key(
                    "max_rejected",
                    SHARE,
                    1.0,
                    "share of bad rows above which the run ends; 1: never",
                    KeyGroup.DATA,
                    READING),
            key("max_row_bytes", COUNT, 16L << 20, "a longer row is rejected", KeyGroup.DATA, READING),
            key(
                    "eos_token",
                    new Text("TOKEN"),
                    null,
                    "end of sequence, if the tokenizer's files do not say",
                    KeyGroup.DATA,
                    Set.of(PREPARE, RUN)),
            key(
                    "vocab_size",
                    new Whole(257, 1 << 20),
                    8000L,
                    "entries of the new tokenizer",
                    KeyGroup.DATA,
                    Set.of(TOKENIZER)),
            key(
                    "truncation_side",
                    new Choice(List.of("left", "right")),
                    "left",
                    "the end at which a source is cut",
                    KeyGroup.DATA,
                    PREPARING),
            key(
                    "overflow",
                    new Choice(List.of("truncate", "split", "drop", "error")),
                    "truncate",
                    "what becomes of a row of more than max_length tokens",
                    KeyGroup.DATA,
                    PREPARING),
            key(
                    "chat_template",
                    new Text("none|tokenizer|PATH"),
                    "none",
                    "the tokenizer's own, a Jinja file, or PaddleNLP's JSON",
                    KeyGroup.DATA,
                    PREPARING),
            key(
                    "chat_template_kwargs",
                    new Entries(),
                    null,
                    "variables for the template, such as enable_thinking=false",
                    KeyGroup.DATA,
                    PREPARING),
            key(
                    "loss_on",
                    new Choice(List.of("every_turn", "last_turn")),
                    "every_turn",
                    "answers of a dialogue that take a loss",
                    KeyGroup.DATA,
                    PREPARING),
            key(
                    "use_pose_convert",
                    FLAG,
                    false,
                    "position ids jump once, up to scaled_max_length",
                    KeyGroup.DATA,
                    PREPARING),
            key(
                    "scaled_max_length",
                    new Whole(2, 1 << 24),
                    null,
                    "with use_pose_convert: positions to learn",
                    KeyGroup.DATA,
                    PREPARING),
            // Packing
            key("zero_padding", FLAG, false, "pack examples side by side, in input order", KeyGroup.PACKING, PREPARING),
            key(
                    "greedy_zero_padding",
                    FLAG,
                    false,
                    "with zero_padding: packs without gaps, by packing_method pattern",
                    KeyGroup.PACKING,
                    PREPARING),
            key(
                    "packing_method",
                    new Choice(methods()),
                    BY_FLAGS,
                    "auto: what zero_padding and greedy_zero_padding say",
                    KeyGroup.PACKING,
                    PREPARING),
            key(
                    "length_buckets",
                    new Text("N,N,…"),
                    null,
                    "a curriculum: pack examples of similar length, shorter ones first in an epoch",
                    KeyGroup.PACKING,
                    PREPARING),
            key("packing_group_size", COUNT, 16384L, "rows that are packed together", KeyGroup.PACKING, PREPARING));

    private PreparingKeys() {}

    private static List<String> formats() {
        return Stream.concat(
                        Stream.of(DatasetFormat.AUTO),
                        Arrays.stream(DatasetFormat.values()).map(DatasetFormat::key))
                .toList();
    }

    private static List<String> methods() {
        return Stream.concat(
                        Stream.of(BY_FLAGS),
                        Arrays.stream(PackingMethod.values())
                                .map(method -> method.name().toLowerCase(Locale.ROOT)))
                .toList();
    }
}
