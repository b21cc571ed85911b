package dev.packtrain.pipeline;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.PackingMethod;
import java.util.Locale;

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

    static String toJson(PrepareOptions options) {
        SourceOptions source = options.source();
        EncodeOptions encode = options.encode();
        PackingMethod method = options.packing().method();
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
        recipe.put("src_length", encode.limits().srcLength())
                .put("max_length", encode.maxLength())
                .put("truncation_side", word(encode.limits().truncationSide()))
                .put("overflow", word(encode.limits().overflow()))
                .put("chat_template", encode.template().template())
                .put("loss_on", word(encode.lossOn()))
                .put("use_pose_convert", encode.scaledMaxLength() > 0)
                .put("zero_padding", method != PackingMethod.NONE)
                .put("greedy_zero_padding", method == PackingMethod.BEST_FIT_DECREASING)
                .put("packing_group_size", options.packing().groupSize())
                .put("seed", options.seed())
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
