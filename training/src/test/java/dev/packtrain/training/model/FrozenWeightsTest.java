package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A frozen tensor gets no gradient, not even a buffer for one, and what is trained gets the same bits as ever. */
class FrozenWeightsTest {
    static Stream<DecoderConfig> families() {
        return Stream.concat(Stream.of(DecoderTest.TINY), TinyFamilies.all());
    }

    @ParameterizedTest
    @MethodSource("families")
    void freezingOneInThreeChangesNoGradientOfTheOthers(DecoderConfig config) {
        for (ScalarType dtype : List.of(ScalarType.Float, ScalarType.Double)) {
            IntStream.range(0, 3).forEach(frozen -> compare(config, dtype, frozen));
        }
    }

    private static void compare(DecoderConfig config, ScalarType dtype, int frozen) {
        TorchRuntime.start(1);
        PackedSequence pack = Packs.random(1, config.vocabSize(), 20, 1, 33);
        TensorScope.run(() -> {
            try (Decoder all = Decoder.fromScratch(config, 1, dtype, ComputeDevice.CPU);
                    Decoder some = Decoder.fromScratch(config, 1, dtype, ComputeDevice.CPU)) {
                List<Parameter> wanted = all.parameters();
                List<Parameter> every = some.parameters();
                for (int i = 0; i < every.size(); i++) {
                    every.get(i).tensor().requires_grad_(i % 3 != frozen);
                }
                assertThat(some.parameters()).hasSizeLessThan(every.size());
                LossSum loss = all.forwardBackward(pack, 0.1);
                assertThat(some.forwardBackward(pack, 0.1)).isEqualTo(loss);
                for (int i = 0; i < every.size(); i++) {
                    assertGradient(every.get(i), i % 3 == frozen, wanted.get(i));
                }
            }
        });
    }

    private static void assertGradient(Parameter parameter, boolean frozen, Parameter wanted) {
        boolean defined = parameter.tensor().grad().defined();
        assertThat(defined).as(parameter.name()).isEqualTo(!frozen);
        if (defined) {
            assertThat(parameter.tensor().grad().equal(wanted.tensor().grad()))
                    .as(parameter.name())
                    .isTrue();
        }
    }

    @Test
    void partsHoldFrozenTensorsToo() {
        DecoderTest.with(ScalarType.Float, 1, model -> {
            long all = model.parameters().size();
            model.parameters().forEach(parameter -> parameter.tensor().requires_grad_(false));
            assertThat(model.parameters()).isEmpty();
            assertThat(model.parts().stream().mapToLong(List::size).sum()).isEqualTo(all);
        });
    }
}
