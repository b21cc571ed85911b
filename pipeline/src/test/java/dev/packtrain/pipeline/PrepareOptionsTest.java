package dev.packtrain.pipeline;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackingMethod;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class PrepareOptionsTest {
    private static void refused(ThrowingCallable options, String sentence) {
        assertThatThrownBy(options).isInstanceOf(BadInputException.class).hasMessageContaining(sentence);
    }

    @Test
    void valuesThatMakeNoSenseAreRefusedWithTheirKey() {
        refused(() -> EncodeOptions.of("t", 8, 8), "src_length is 8 and max_length is 8");
        refused(() -> EncodeOptions.of("t", 0, 8), "src_length is 0");
        refused(() -> EncodeOptions.of(" ", 4, 8), "tokenizer_name_or_path is empty");
        refused(() -> SourceOptions.of(""), "dataset_name_or_path is empty");
        refused(() -> SourceOptions.of("d").withFields("a", "a"), "both \"a\"");
        refused(() -> new SourceOptions("d", "a", "b", 0, 1), "max_row_bytes is 0");
        refused(() -> new SourceOptions("d", "a", "b", 10, Double.NaN), "max_rejected is NaN");
        refused(() -> new PackOptions(PackingMethod.NEXT_FIT, 0), "packing_group_size is 0");
        refused(() -> OutputOptions.of(""), "output_dir is empty");
    }
}
