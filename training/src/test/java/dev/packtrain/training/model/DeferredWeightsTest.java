package dev.packtrain.training.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DeferredWeightsTest {
    private static final DecoderConfig CONFIG = config(3);

    @TempDir
    Path dir;

    private static DecoderConfig config(int layers) {
        return new DecoderConfig(50, 32, 48, layers, 4, 2, 8, 1e-6, 10_000, false, 64, 0.02, null);
    }

    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    private static DecoderBuilder builder(DecoderConfig config, boolean bf16) {
        return new DecoderBuilder(config).dtype(bf16 ? ScalarType.BFloat16 : ScalarType.Float);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPartHasNoMemoryBeforeItIsFilledAndItsWeightsAfterwards(boolean bf16) {
        TensorScope.run(() -> {
            try (Decoder whole = builder(CONFIG, bf16).fromScratch(3)) {
                HuggingFaceModel.save(dir, CONFIG, whole.parameters(), new SpecialTokens(List.of(0), null, null));
                try (Decoder later = builder(CONFIG, bf16).deferred().load(dir);
                        Decoder fresh = builder(CONFIG, bf16).deferred().fromScratch(3)) {
                    for (int part = 0; part < whole.parts().size(); part++) {
                        mustHaveNoMemory(later.parts().get(part));
                        later.fillPart(part);
                        fresh.fillPart(part);
                        mustEqual(later.parts().get(part), whole.parts().get(part));
                        mustEqual(fresh.parts().get(part), whole.parts().get(part));
                        later.fillPart(part);
                        mustEqual(later.parts().get(part), whole.parts().get(part));
                    }
                }
            } catch (java.io.IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
    }

    private static void mustHaveNoMemory(List<Parameter> part) {
        for (Parameter parameter : part) {
            Tensor tensor = parameter.tensor();
            assertThat(tensor.storage().nbytes()).as(parameter.name()).isLessThanOrEqualTo(4);
            assertThat(tensor.isnan().all().item_bool()).as(parameter.name()).isTrue();
            assertThat(parameter.isTrained()).isTrue();
        }
    }

    private static void mustEqual(List<Parameter> part, List<Parameter> expected) {
        assertThat(part).hasSameSizeAs(expected);
        for (int i = 0; i < part.size(); i++) {
            assertThat(part.get(i).name()).isEqualTo(expected.get(i).name());
            assertThat(part.get(i).tensor().equal(expected.get(i).tensor()))
                    .as(part.get(i).name())
                    .isTrue();
            assertThat(part.get(i).tensor().is_contiguous()).isTrue();
            assertThat(part.get(i).isTrained()).isTrue();
        }
    }

    @Test
    void whatIsMissingOrTooMuchIsSeenWhenTheModelIsBuilt() throws Exception {
        try (Decoder whole = builder(CONFIG, false).fromScratch(3)) {
            HuggingFaceModel.save(dir, CONFIG, whole.parameters(), new SpecialTokens(List.of(0), null, null));
        }
        assertThatThrownBy(() -> builder(config(4), false).deferred().load(dir))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("lack 'model.layers.3.");
        assertThatThrownBy(() -> builder(config(2), false).deferred().load(dir))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("hold 'model.layers.2.");
    }

    @Test
    void theSourceIsClosedWithTheLastWeightOrTheModel() {
        AtomicInteger closed = new AtomicInteger();
        WeightSource source = new WeightSource() {
            private final WeightSource fresh = new FreshWeights(1, 0.02);

            @Override
            public Tensor get(String name, TensorSplit split, Role role) {
                return fresh.get(name, split, role);
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
        try (Decoder model = builder(CONFIG, false).deferred().build(source)) {
            int last = model.parts().size() - 1;
            for (int part = 0; part < last; part++) {
                model.fillPart(part);
            }
            assertThat(closed).hasValue(0);
            model.fillPart(last);
            assertThat(closed).hasValue(1);
        }
        closed.set(0);
        builder(CONFIG, false).deferred().build(source).close();
        assertThat(closed).hasValue(1);
    }
}
