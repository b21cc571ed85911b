package dev.packtrain.training.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class KernelAgreementTest {
    private static final TensorFactory CPU = new TensorFactory(ComputeDevice.CPU);

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static void check(Consumer<KernelAgreement> body) {
        KernelAgreement.check("GPU 3 (H200)", "set a key", body);
    }

    private static Tensor numbers(double... values) {
        return CPU.doubles(values);
    }

    @Test
    void aRoundingOfEachElementIsAllowedAndNoMore() {
        // 0x1p-7 is the distance of bf16 numbers from 1 on: half of it is a rounding.
        Tensor got = numbers(1 + 0x1p-7, 256).to(ScalarType.BFloat16);
        check(agreement -> agreement.near("pass", got, numbers(1 + 0x1.01p-8, 256), 1, 0));
        assertThatThrownBy(() -> check(agreement -> agreement.near("pass", got, numbers(1, 256), 1, 0)))
                .isInstanceOf(BadInputException.class)
                .hasMessage(
                        "Packtrain's kernel pass (bf16) computes wrongly on GPU 3 (H200): a result is off by 0.0078, and at most 0.0039 was wanted; set a key, and report this with what doctor prints.");
    }

    @Test
    void unitsOfFp32AreOfTheLargestResult() {
        Tensor got = numbers(0x1p-22, 4).to(ScalarType.Float);
        check(agreement -> agreement.near("pass", got, numbers(0, 4), 1, 1));
        assertThatThrownBy(() -> check(agreement -> agreement.near("pass", got, numbers(0, 2), 1, 1)))
                .hasMessageContaining("a result is off by 2.0, and at most 2.4e-07 was wanted");
    }

    @Test
    void nanIsNeverNear() {
        Tensor nan = numbers(1, Double.NaN).to(ScalarType.Float);
        assertThatThrownBy(() -> check(agreement -> agreement.near("pass", nan, numbers(1, 1), 9, 1e30)))
                .hasMessageContaining("pass (fp32) computes wrongly on GPU 3 (H200): a result is off by NaN");
        assertThatThrownBy(() -> check(agreement -> agreement.near("pass", Double.NaN, 1, 1e30)))
                .hasMessageContaining("a result is off by NaN");
        assertThatThrownBy(() -> check(
                        agreement -> agreement.same("pass", nan, numbers(1, 1).to(ScalarType.Float))))
                .hasMessageContaining("a result is off by NaN, and at most 0 was wanted");
    }

    @Test
    void sameMeansEveryBit() {
        Tensor got = numbers(1, 1 + 0x1p-23).to(ScalarType.Float);
        check(agreement -> agreement.same("pass", got, got.clone()));
        assertThatThrownBy(() -> check(
                        agreement -> agreement.same("pass", got, numbers(1, 1).to(ScalarType.Float))))
                .hasMessageContaining("a result is off by 1.2e-07, and at most 0 was wanted");
    }

    @Test
    void whatNobodyHasWrittenIsNanDuringACheck() {
        check(agreement -> assertThat(
                        CPU.empty(ScalarType.Float, 3).isnan().all().item_bool())
                .isTrue());
        assertThat(torch.globalContext().deterministicFillUninitializedMemory()).isFalse();
    }
}
