package dev.packtrain.training.attention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.attention.AttentionCase.Values;
import dev.packtrain.training.engine.GradientMode;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Forward and backward of a kernel, and what holds of the results on every device. */
final class AttentionRuns {
    /** Names of the results of a run, in their order. */
    static final List<String> RESULTS = List.of("o", "dq", "dk", "dv");

    private AttentionRuns() {}

    static List<Tensor> run(AttentionKernel kernel, AttentionCase shape, Values values) {
        try (PackAttention pack = kernel.prepare(shape.mask(), shape.scale())) {
            return run(pack, values);
        }
    }

    static List<Tensor> run(PackAttention pack, Values values) {
        return GradientMode.off(() -> {
            PackAttention.Forward forward = pack.forward(values.q(), values.k(), values.v());
            PackAttention.Gradients d = pack.backward(values.dO(), values.q(), values.k(), values.v(), forward);
            return List.of(forward.oTHD(), d.qTHD(), d.kTGD(), d.vTGD());
        });
    }

    static void assertEqualBits(List<Tensor> actual, List<Tensor> expected) {
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i).equal(expected.get(i))).as(RESULTS.get(i)).isTrue();
        }
    }

    /** Rows that see nothing are exactly zero, and no others are. */
    static void assertEmptyRowsAreZero(Tensor o, AttentionCase shape) {
        for (int row = 0; row < shape.numTokens(); row++) {
            int r = row;
            boolean empty = IntStream.range(0, shape.numTokens())
                    .noneMatch(key -> shape.mask().visible(r, key));
            boolean zero = o.narrow(0, row, 1).eq(new Scalar(0.0)).all().item_bool();
            assertThat(zero).as("row %d", row).isEqualTo(empty);
        }
    }
}
