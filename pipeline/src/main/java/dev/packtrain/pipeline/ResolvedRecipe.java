package dev.packtrain.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.pipeline.clean.CleanOptions;
import dev.packtrain.pipeline.clean.LengthFilter;
import java.util.Locale;
import java.util.stream.Collectors;

/** The options as a recipe: what {@code recipe.json} beside the data set says. */
final class ResolvedRecipe {
    /** Name of the file in the directory of a data set. */
    static final String FILE_NAME = "recipe.json";

    private static final ObjectMapper JSON = new ObjectMapper();

    private ResolvedRecipe() {}

    /** An enum constant as the recipe writes it. */
    private static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    private static void putCleaning(ObjectNode recipe, CleanOptions clean) {
        LengthFilter lengths = clean.lengths();
        recipe.put("dedup", clean.dedup().isOn())
                .put("dedup_normalize", word(clean.dedup().normalization()))
                .put("near_dedup_threshold", clean.nearDedup().threshold())
                .put("near_dedup_ngram", clean.nearDedup().ngram())
                .put("near_dedup_unit", word(clean.nearDedup().unit()))
                .put("min_src_chars", lengths.minSrcChars())
                .put("max_src_chars", lengths.maxSrcChars())
                .put("min_tgt_chars", lengths.minTgtChars())
                .put("max_tgt_chars", lengths.maxTgtChars())
                .put("min_tgt_src_ratio", lengths.minTgtSrcRatio())
                .put("max_tgt_src_ratio", Math.min(Double.MAX_VALUE, lengths.maxTgtSrcRatio()))
                .put("max_non_text_ratio", clean.quality().maxNonTextRatio())
                .put("max_repeated_line_ratio", clean.quality().maxRepeatedLineRatio())
                .put("max_repeated_ngram_ratio", clean.quality().maxRepeatedNgramRatio())
                .put("dev_ratio", clean.split().ratio())
                .put("dev_rows", clean.split().rows())
                .put("dev_split_by", word(clean.split().by()))
                .put("split", word(clean.split().side()));
        if (clean.decontamination().path() != null) {
            recipe.put("decontaminate_against", clean.decontamination().path())
                    .put("decontaminate_ngram", clean.decontamination().ngram())
                    .put("decontaminate_max_overlap", clean.decontamination().maxOverlap());
        }
    }

    static String toJson(PrepareOptions options) {
        SourceOptions source = options.source();
        EncodeOptions encode = options.encode();
        ObjectNode recipe = JSON.createObjectNode()
                .put("dataset_name_or_path", source.path())
                .put("dataset_format", source.format().key())
                .put("src_field", source.srcField())
                .put("tgt_field", source.tgtField())
                .put("text_field", source.textField())
                .put("max_row_bytes", source.maxRowBytes())
                .put("max_rejected", source.maxRejected())
                .put("tokenizer_name_or_path", encode.tokenizerPath());
        if (encode.eosToken() != null) {
            recipe.put("eos_token", encode.eosToken());
        }
        if (!encode.template().variables().isEmpty()) {
            recipe.set(
                    "chat_template_kwargs", JSON.valueToTree(encode.template().variables()));
        }
        if (encode.scaledMaxLength() > 0) {
            recipe.put("scaled_max_length", encode.scaledMaxLength());
        }
        if (!source.weights().isEmpty()) {
            recipe.put(
                    "dataset_weights",
                    source.weights().stream().map(String::valueOf).collect(Collectors.joining(",")));
        }
        if (!options.packing().lengthBuckets().isEmpty()) {
            recipe.put(
                    "length_buckets",
                    options.packing().lengthBuckets().stream()
                            .map(String::valueOf)
                            .collect(Collectors.joining(",")));
        }
        if (options.clean().isOn()) {
            putCleaning(recipe, options.clean());
        }
        recipe.put("src_length", encode.limits().srcLength())
                .put("max_length", encode.maxLength())
                .put("truncation_side", word(encode.limits().truncationSide()))
                .put("overflow", word(encode.limits().overflow()))
                .put("chat_template", encode.template().template())
                .put("loss_on", word(encode.lossOn()))
                .put("use_pose_convert", encode.scaledMaxLength() > 0)
                .put("packing_method", word(options.packing().method()))
                .put("packing_group_size", options.packing().groupSize())
                .put("seed", options.seed())
                .put("append", options.output().mode() == OutputMode.APPEND)
                .put("output_dir", options.output().directory())
                .put("overwrite_output_dir", options.output().overwrite());
        try {
            String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(recipe);
            return text.replace(System.lineSeparator(), "\n") + "\n";
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("strings and numbers always have JSON", impossible);
        }
    }
}
