package dev.packtrain.training.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.packtrain.kernels.CpuCapabilities;
import dev.packtrain.kernels.CpuFeature;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.model.Tensors;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products are right whichever library makes them, and autograd sees those that it records. */
class WeightProductTest {
    @BeforeAll
    static void start() {
        TorchRuntime.start(2);
    }

    /** Both sides of every choice: rows, strides of the weight, outputs. */
    @ParameterizedTest
    @CsvSource({"1, 64, 48", "127, 64, 48", "128, 64, 48", "300, 512, 96", "200, 1024, 1040", "129, 96, 31"})
    void equalsTheProductInDoublePrecision(int rows, int in, int out) {
        TensorScope.run(() -> {
            Tensor xTI = torch.randn(rows, in);
            Tensor weightOI = torch.randn(out, in);
            Tensor biasO = torch.randn(out);
            Tensor gradTO = torch.randn(rows, out);
            Tensor sumTI = torch.randn(rows, in);
            Tensor forward = wide(xTI).mm(wide(weightOI).t());
            Tensor back = wide(gradTO).mm(wide(weightOI));

            assertClose(forward, off(() -> WeightProduct.forward(xTI, weightOI, Optional.empty())));
            assertClose(forward.add(wide(biasO)), off(() -> WeightProduct.forward(xTI, weightOI, Optional.of(biasO))));
            assertClose(back, off(() -> WeightProduct.inputGradient(gradTO, weightOI)));
            Tensor sum = sumTI.clone();
            Tensor returned = off(() -> WeightProduct.addInputGradient(sum, gradTO, weightOI));
            assertClose(back.add(wide(sumTI)), sum);
            assertTrue(returned.equal(sum), "the sum itself is returned");
        });
    }

    /** Both sides of every choice: rows, widths, which operand is transposed, blocks. oneDNN's way is taken on every CPU here. */
    @ParameterizedTest
    @CsvSource({
        "255, 512, 512",
        "256, 512, 512",
        "256, 511, 600",
        "1024, 128, 300",
        "2048, 127, 300",
        "512, 1024, 300",
        "600, 272, 1408",
        "256, 1030, 4100",
    })
    void addsTheGradientOfTheWeight(int rows, int in, int out) {
        TensorScope.run(() -> {
            Tensor xTI = torch.randn(rows, in);
            Tensor gradTO = torch.randn(rows, out);
            Tensor before = torch.randn(out, in);
            Tensor expected = wide(gradTO).t().mm(wide(xTI)).add(wide(before));

            assertClose(expected, changed(before, sumOI -> WeightProduct.addWeightGradient(sumOI, gradTO, xTI)));
            assertClose(expected, changed(before, sumOI -> WeightProduct.addByOneDnn(sumOI, gradTO, xTI)));
        });
    }

    @ParameterizedTest
    @CsvSource({"127, 64, 48", "128, 64, 48", "130, 96, 2048", "130, 96, 4099"})
    void writesTheProductIntoATensor(int rows, int in, int out) {
        TensorScope.run(() -> {
            Tensor xTI = torch.randn(rows, in);
            Tensor weightOI = torch.randn(out, in);
            Tensor before = torch.randn(rows, out);
            Tensor expected = wide(xTI).mm(wide(weightOI).t());

            assertClose(expected, changed(before, outTO -> WeightProduct.forwardInto(outTO, xTI, weightOI)));
            assertClose(expected, changed(before, outTO -> WeightProduct.writeByOneDnn(outTO, xTI, weightOI)));
        });
    }

    /** A row of a wider matrix is not contiguous, a bf16 product is not this one: both still come out right. */
    @Test
    void takesRowsWithAStrideAndOtherDtypes() {
        TensorScope.run(() -> {
            Tensor part = torch.randn(200, 128).narrow(1, 32, 64);
            Tensor weightOI = torch.randn(48, 64);
            Tensor expected = wide(part).mm(wide(weightOI).t());

            assertClose(expected, off(() -> WeightProduct.forward(part, weightOI, Optional.empty())));
            Tensor narrow = off(() -> WeightProduct.forward(
                    part.to(ScalarType.BFloat16), weightOI.to(ScalarType.BFloat16), Optional.empty()));
            assertEquals(ScalarType.BFloat16, narrow.scalar_type().intern());
            assertTrue(wide(narrow).sub(expected).abs().max().item_double() < 0.5);
        });
    }

    @Test
    void autogradRecordsIt() {
        TensorScope.run(() -> {
            Tensor xTI = torch.randn(200, 64);
            Tensor weightOI = torch.randn(48, 64).requires_grad_(true);

            GradientMode.recording(() -> {
                WeightProduct.forward(xTI, weightOI, Optional.empty()).sum().backward();
                return weightOI;
            });

            assertClose(wide(xTI).sum(0L).expand_as(wide(weightOI)), weightOI.grad());
        });
    }

    @Test
    void oneDnnIsForCpusFromWhichMklKeepsAvx512() {
        Set<CpuFeature> avx512 = Set.of(CpuFeature.AVX2, CpuFeature.AVX512F);
        assertTrue(WeightProduct.isFasterWithOneDnn(new CpuCapabilities("AMD EPYC 9654", avx512, 2)));
        assertEquals(false, WeightProduct.isFasterWithOneDnn(new CpuCapabilities("Intel(R) Xeon(R)", avx512, 2)));
        assertEquals(
                false,
                WeightProduct.isFasterWithOneDnn(new CpuCapabilities("AMD EPYC 7763", Set.of(CpuFeature.AVX2), 2)));
    }

    @Test
    void unitsAreWideOnAmdsWithAvxVnni() {
        Set<CpuFeature> zen4 = Set.of(CpuFeature.AVX2, CpuFeature.AVX512F);
        Set<CpuFeature> zen5 = Set.of(CpuFeature.AVX2, CpuFeature.AVX512F, CpuFeature.AVX_VNNI);
        assertFalse(WeightProduct.hasWideUnits(new CpuCapabilities("AMD EPYC 9654", zen4, 2)));
        assertTrue(WeightProduct.hasWideUnits(new CpuCapabilities("AMD EPYC 9755", zen5, 2)));
        assertFalse(WeightProduct.hasWideUnits(new CpuCapabilities("Intel(R) Xeon(R) 6", zen5, 2)));
    }

    private static Tensor changed(Tensor before, Consumer<Tensor> change) {
        return off(() -> {
            Tensor copy = before.clone();
            change.accept(copy);
            return copy;
        });
    }

    private static Tensor off(Supplier<Tensor> body) {
        return GradientMode.off(body);
    }

    private static Tensor wide(Tensor tensor) {
        return tensor.to(ScalarType.Double);
    }

    private static void assertClose(Tensor expected, Tensor got) {
        double error = Tensors.relativeError(got, expected);
        assertTrue(error <= 1e-6, () -> "off by " + error);
    }
}
