package dev.packtrain.training.attention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.device.TorchRuntime;
import org.bytedeco.pytorch.Dispatcher;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operations behind {@link FlashAttention2Varlen} are called by position, which no compiler checks: they are still what they were. */
class FlashAttentionSchemaTest {
    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "_flash_attention_forward(Tensor query, Tensor key, Tensor value, Tensor? cum_seq_q, Tensor? cum_seq_k,"
                        + " SymInt max_q, SymInt max_k, float dropout_p, bool is_causal, bool return_debug_mask, *,"
                        + " float? scale=None, SymInt? window_size_left=None, SymInt? window_size_right=None,"
                        + " Tensor? seqused_k=None, Tensor? alibi_slopes=None) -> (Tensor output,"
                        + " Tensor softmax_logsumexp, Tensor rng_state, Tensor unused, Tensor debug_attn_mask)",
                "_flash_attention_backward(Tensor grad_out, Tensor query, Tensor key, Tensor value, Tensor out,"
                        + " Tensor logsumexp, Tensor cum_seq_q, Tensor cum_seq_k, SymInt max_q, SymInt max_k,"
                        + " float dropout_p, bool is_causal, Tensor rng_state, Tensor unused, *, float? scale=None,"
                        + " SymInt? window_size_left=None, SymInt? window_size_right=None) -> (Tensor, Tensor, Tensor)"
            })
    void argumentsAreInTheOrderInWhichTheyAreGiven(String schema) {
        String name = "aten::" + schema.substring(0, schema.indexOf('('));
        String found = torch.toString(
                        Dispatcher.singleton().findSchemaOrThrow(name, "").schema())
                .getString();
        assertThat(found).isEqualTo("aten::" + schema);
    }
}
