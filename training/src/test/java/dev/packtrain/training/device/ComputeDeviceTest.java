package dev.packtrain.training.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.packtrain.packing.BadInputException;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;

class ComputeDeviceTest {
    @Test
    void aGpuThatCannotBeUsedIsTheUsersMistake() {
        TorchRuntime.start(1);
        assumeFalse(torch.cuda_is_available(), "this build of libtorch has a GPU here");
        ComputeDevice gpu = ComputeDevice.of("cuda", 0);
        assertThatThrownBy(gpu::requireUsable)
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("device is cuda")
                .hasMessageContaining("device cpu");
    }

    @Test
    void theCpuIsAlwaysThere() {
        assertThat(ComputeDevice.of("cpu", 0).requireUsable()).isEqualTo(ComputeDevice.CPU);
    }

    @Test
    void anotherNameIsRefused() {
        assertThatThrownBy(() -> ComputeDevice.of("tpu", 0))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("'tpu'");
    }
}
