package dev.packtrain.pipeline;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.encode.LengthLimits;
import dev.packtrain.pipeline.template.LossOn;
import dev.packtrain.pipeline.template.TemplateOptions;
import java.io.Serializable;
import java.util.Objects;

/**
 * How text becomes token ids.
 *
 * @param tokenizerPath {@code tokenizer_name_or_path}: a {@code tokenizer.json} or the local directory that holds it
 * @param eosToken {@code eos_token}: the token that ends a target; null to take it from {@code tokenizer_config.json}
 * @param limits how long an example may be
 * @param template {@code chat_template}: what renders dialogues
 * @param lossOn {@code loss_on}: which answers of a dialogue take a loss
 * @param scaledMaxLength {@code scaled_max_length}: with {@code use_pose_convert}, position ids jump once and stay below
 *     this; 0 for position ids that do not jump
 */
public record EncodeOptions(
        String tokenizerPath,
        String eosToken,
        LengthLimits limits,
        TemplateOptions template,
        LossOn lossOn,
        int scaledMaxLength)
        implements Serializable {
    /** Checks the values. */
    public EncodeOptions {
        if (tokenizerPath == null || tokenizerPath.isBlank()) {
            throw new BadInputException(
                    "tokenizer_name_or_path is empty; give a tokenizer.json or the directory that holds it");
        }
        Objects.requireNonNull(limits, "limits");
        Objects.requireNonNull(template, "template");
        Objects.requireNonNull(lossOn, "lossOn");
        if (scaledMaxLength != 0 && scaledMaxLength <= limits.maxLength()) {
            throw new BadInputException(
                    "scaled_max_length is %d and max_length %d; give a scaled_max_length above max_length, up to the positions that the model is to learn"
                            .formatted(scaledMaxLength, limits.maxLength()));
        }
    }

    /** The EOS that the tokenizer's own files name, longer rows truncated, every answer learnt. */
    public static EncodeOptions of(String tokenizerPath, int srcLength, int maxLength) {
        return new EncodeOptions(
                tokenizerPath, null, LengthLimits.of(srcLength, maxLength), TemplateOptions.NONE, LossOn.EVERY_TURN, 0);
    }

    /** Slots of a pack. */
    public int maxLength() {
        return limits.maxLength();
    }
}
