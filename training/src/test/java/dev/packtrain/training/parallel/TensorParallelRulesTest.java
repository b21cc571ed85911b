package dev.packtrain.training.parallel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.model.DecoderConfig;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorParallelRulesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                // heads | key/value heads | intermediate | vocabulary | degree | what does not fit | what would
                "12 | 4 | 48 | 53 | 8 | 12 attention heads (num_attention_heads) | [1, 2, 4, 12]",
                "12 | 4 | 48 | 53 | 24 | 12 attention heads (num_attention_heads) | [1, 2, 4, 12]",
                "12 | 4 | 48 | 53 | 6 | 4 key and value heads (num_key_value_heads) | [1, 2, 4, 12]",
                "8 | 8 | 44 | 53 | 8 | intermediate_size of 44 | [1, 2, 4]",
                "8 | 8 | 64 | 3 | 4 | vocab_size of 3 | [1, 2]",
            })
    void whatDoesNotFitIsNamedWithTheDegreesThatDo(
            int heads, int groups, int intermediate, int vocab, int degree, String what, String degrees) {
        DecoderConfig config = config(heads, groups, intermediate, vocab);
        assertThatThrownBy(() -> TensorParallelRules.check(config, degree))
                .isInstanceOf(BadInputException.class)
                .hasMessage(
                        "tensor_parallel_degree is %d, which does not fit the model's %s; wanted one of %s.",
                        degree, what, degrees);
        assertThat(TensorParallelRules.degrees(config)).hasToString(degrees);
        TensorParallelRules.degrees(config).forEach(fitting -> TensorParallelRules.check(config, fitting));
    }

    private static DecoderConfig config(int heads, int groups, int intermediate, int vocab) {
        return new DecoderConfig(
                vocab, 8 * heads, intermediate, 2, heads, groups, 8, 1e-5, 10_000, true, 64, 0.1, null);
    }
}
