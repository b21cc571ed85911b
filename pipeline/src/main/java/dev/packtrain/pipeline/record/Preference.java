package dev.packtrain.pipeline.record;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Two answers to one question, one better than the other (DPO and its kin).
 *
 * @param prompt everything before the answers; ends with a message that is not the assistant's
 * @param chosen the better answer, not blank
 * @param rejected the worse answer, not blank
 */
public record Preference(Dialogue prompt, String chosen, String rejected) implements SourceRecord {
    /** Checks that nothing is missing. */
    public Preference {
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(chosen, "chosen");
        Objects.requireNonNull(rejected, "rejected");
    }

    @Override
    public List<String> texts() {
        return Stream.concat(prompt.texts().stream(), Stream.of(chosen, rejected))
                .toList();
    }
}
