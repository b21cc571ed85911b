package dev.packtrain.training.shard;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.optim.UpdateRange;
import dev.packtrain.training.shard.FlatLayout.Bucket;
import dev.packtrain.training.shard.FlatLayout.Run;
import dev.packtrain.training.shard.PartGradients.Pass;
import java.util.BitSet;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class FlatLayoutTest {
    private static final TensorFactory FACTORY = new TensorFactory(ComputeDevice.CPU);
    private static final float ODD = 1f / 1024;

    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    @Test
    void sharesCoverEveryElementOnceAndAreAligned() {
        TensorScope.run(() -> {
            for (int shards : new int[] {1, 2, 3, 4}) {
                FlatLayout layout = new FlatLayout(parameters(ScalarType.Float), shards, 256);
                BitSet seen = new BitSet();
                for (Bucket bucket : layout.buckets()) {
                    for (int shard = 0; shard < shards; shard++) {
                        assertThat(bucket.fromOf(shard) % FlatLayout.ALIGNMENT).isZero();
                        assertThat(bucket.inPartition() % FlatLayout.ALIGNMENT).isZero();
                        for (Run run : layout.runs(bucket, shard)) {
                            int from = (int) (run.slice().offset() + run.from());
                            assertThat(seen.get(from, from + (int) run.length()).cardinality())
                                    .isZero();
                            seen.set(from, from + (int) run.length());
                        }
                    }
                }
                assertThat(seen.cardinality())
                        .isEqualTo((int) layout.numElements())
                        .isEqualTo(777 + 100 + 5);
                assertThat(layout.paddedElements() - layout.numElements())
                        .isBetween(0L, (long) FlatLayout.ALIGNMENT * shards - 1);
            }
        });
    }

    @Test
    void decayedParametersComeFirstAndGroupsKeepTheirRates() {
        TensorScope.run(() -> {
            FlatLayout layout = new FlatLayout(parameters(ScalarType.Float), 1, Long.MAX_VALUE);
            assertThat(layout.slices())
                    .extracting(slice -> slice.parameter().name())
                    .containsExactly("b", "c", "a");
            assertThat(layout.updates(layout.buckets().get(0), 0))
                    .containsExactly(
                            new UpdateRange(0, 777, true, 1),
                            new UpdateRange(777, 782, true, 16),
                            new UpdateRange(782, 882, false, 1));
        });
    }

    /** 1 + 2⁻¹⁰ is no bf16 number: the sum must not be made in bf16. */
    @Test
    void bf16GradientsOfSeveralPassesAreSummedInFp32() {
        TensorScope.run(() -> {
            List<Parameter> parameters = parameters(ScalarType.BFloat16);
            FlatLayout layout = new FlatLayout(parameters, 1, Long.MAX_VALUE);
            ReductionQueue queue = new ReductionQueue();
            try (BufferPool pool = new BufferPool(FACTORY)) {
                GradientSums reduction = new GradientSums(MeshGroups.single(), queue, pool);
                TensorCopies copies = new TensorCopies(MeshGroups.single().tensor());
                Partition spread = StateMemory.of(FACTORY).zeros("grad", layout, ScalarType.Float);
                for (PartGradients gradients : List.of(
                        new WholeGradients(layout, ScalarType.Float, reduction, copies, pool),
                        new SpreadGradients(layout, spread, reduction, copies, pool))) {
                    for (int step = 0; step < 2; step++) {
                        pass(gradients, parameters, 1, new Pass(true, false));
                        pass(gradients, parameters, ODD, new Pass(false, true));
                        queue.drain();
                        Tensor sums =
                                gradients.sums().of(layout.buckets().get(0)).narrow(0, 0, layout.numElements());
                        assertThat(sums.min().item_float()).isEqualTo(1 + ODD);
                        assertThat(sums.max().item_float()).isEqualTo(1 + ODD);
                        gradients.clear();
                    }
                    gradients.close();
                }
                assertThat(pool.nbytes()).as("one buffer for all").isEqualTo(2 * layout.paddedElements());
            }
        });
    }

    private static void pass(PartGradients gradients, List<Parameter> parameters, float value, Pass pass) {
        gradients.begin();
        parameters.forEach(parameter -> parameter.tensor().grad().add_(new Scalar(value)));
        gradients.end(pass);
    }

    private static List<Parameter> parameters(ScalarType dtype) {
        return List.of(
                parameter("a", dtype, false, 1, 100),
                parameter("b", dtype, true, 1, 777),
                parameter("c", dtype, true, 16, 5));
    }

    private static Parameter parameter(String name, ScalarType dtype, boolean decays, double scale, long length) {
        Tensor tensor = FACTORY.ones(dtype, length).requires_grad_(true);
        return new Parameter(name, tensor, decays, TensorSplit.whole(tensor.shape()), false, scale);
    }
}
