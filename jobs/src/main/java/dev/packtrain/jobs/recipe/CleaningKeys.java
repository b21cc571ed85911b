package dev.packtrain.jobs.recipe;

import static dev.packtrain.jobs.recipe.RecipeKey.key;

import dev.packtrain.jobs.recipe.ValueType.Choice;
import dev.packtrain.jobs.recipe.ValueType.Flag;
import dev.packtrain.jobs.recipe.ValueType.Real;
import dev.packtrain.jobs.recipe.ValueType.Text;
import dev.packtrain.jobs.recipe.ValueType.Whole;
import dev.packtrain.pipeline.clean.Decontamination;
import dev.packtrain.pipeline.clean.DevSplit;
import dev.packtrain.pipeline.clean.NearDedup;
import dev.packtrain.pipeline.clean.TextNormalization;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The keys that say which rows are taken out; all are off by default. */
final class CleaningKeys {
    private static final Set<Command> PREPARING = Set.of(Command.PREPARE, Command.RUN);
    private static final Whole CHARS = new Whole(0, Integer.MAX_VALUE);
    private static final Real SHARE = new Real(0, 1);
    private static final Real RATIO = new Real(0, Double.MAX_VALUE);

    static final List<RecipeKey> ALL = List.of(
            clean("dedup", new Flag(), false, "take out rows that say what an earlier row says"),
            clean("dedup_normalize", new Choice(words(TextNormalization.values())), "none", "what dedup overlooks"),
            clean(
                    "near_dedup_threshold",
                    SHARE,
                    0.0,
                    "take out rows this similar to an earlier one (Jaccard), such as 0.8; 0: none"),
            clean(
                    "near_dedup_ngram",
                    new Whole(1, 32),
                    (long) NearDedup.DEFAULT_NGRAM,
                    "units of a shingle that near_dedup compares"),
            clean("near_dedup_unit", new Choice(words(NearDedup.Unit.values())), "char", "what a shingle is made of"),
            clean("decontaminate_against", new Text("PATH"), null, "take out rows that share passages with this set"),
            clean(
                    "decontaminate_ngram",
                    new Whole(5, 100),
                    (long) Decontamination.DEFAULT_NGRAM,
                    "words of such a passage"),
            clean("decontaminate_max_overlap", SHARE, 0.0, "share of a row's passages that may be in the held-out set"),
            clean("min_src_chars", CHARS, 0L, "characters of the sources at least"),
            clean("max_src_chars", CHARS, null, "characters of the sources at most"),
            clean("min_tgt_chars", CHARS, 0L, "characters of the targets at least"),
            clean("max_tgt_chars", CHARS, null, "characters of the targets at most"),
            clean("min_tgt_src_ratio", RATIO, 0.0, "characters of the target for each of the source, at least"),
            clean("max_tgt_src_ratio", RATIO, null, "characters of the target for each of the source, at most"),
            clean("max_non_text_ratio", SHARE, 1.0, "share of the target that is no letter, digit or space; 1: any"),
            clean("max_repeated_line_ratio", SHARE, 1.0, "share of the target's lines that repeat; 1: any"),
            clean("max_repeated_ngram_ratio", SHARE, 1.0, "share of the target that repeats ten words; 1: any"),
            clean("dev_ratio", SHARE, 0.0, "share of the rows that belongs to the dev set, by a hash of their text"),
            clean("dev_rows", new Whole(0, DevSplit.MAX_ROWS), 0L, "so many rows belong to the dev set instead"),
            clean("dev_split_by", new Choice(words(DevSplit.By.values())), "src", "the text that is hashed"),
            clean(
                    "split",
                    new Choice(words(DevSplit.Side.values())),
                    "train",
                    "which side of the split this run makes"));

    private CleaningKeys() {}

    private static RecipeKey clean(String name, ValueType type, Object defaultValue, String doc) {
        return key(name, type, defaultValue, doc, KeyGroup.CLEANING, PREPARING);
    }

    private static List<String> words(Enum<?>[] constants) {
        return Arrays.stream(constants)
                .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                .toList();
    }
}
