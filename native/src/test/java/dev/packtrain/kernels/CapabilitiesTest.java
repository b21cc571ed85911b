package dev.packtrain.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class CapabilitiesTest {
    @Test
    void agreesWithTheKernelOnWhatTheCpuCanDo() throws IOException {
        Path cpuinfo = Path.of("/proc/cpuinfo");
        Assumptions.assumeTrue(Files.isReadable(cpuinfo), "no /proc/cpuinfo");
        List<String> lines = Files.readAllLines(cpuinfo);
        Set<String> flags = Set.of(valueOf(lines, "flags").split(" "));
        CpuCapabilities cpu = CpuCapabilities.probe();
        // The kernel has no name for what it does not lend.
        for (CpuFeature feature : EnumSet.complementOf(EnumSet.of(CpuFeature.AMX_NOT_LENT))) {
            String flag = feature.name().toLowerCase(Locale.ROOT);
            assertThat(cpu.features().contains(feature)).as(flag).isEqualTo(flags.contains(flag));
        }
        assertThat(cpu.brand()).isEqualTo(valueOf(lines, "model name"));
        assertThat(cpu.numCores()).isBetween(1, (int)
                lines.stream().filter(line -> line.startsWith("processor")).count());
    }

    private static String valueOf(List<String> cpuinfo, String key) {
        String line =
                cpuinfo.stream().filter(l -> l.startsWith(key)).findFirst().orElseThrow();
        return line.substring(line.indexOf(':') + 1).strip();
    }

    @Test
    void picksTheFastestVariantThatTheCpuCanRun() {
        EnumSet<CpuFeature> avx2 = EnumSet.of(CpuFeature.AVX2, CpuFeature.FMA);
        EnumSet<CpuFeature> avx512 = EnumSet.allOf(CpuFeature.class);
        EnumSet<CpuFeature> knightsLanding = EnumSet.of(CpuFeature.AVX2, CpuFeature.FMA, CpuFeature.AVX512F);
        assertThat(fastestWith(EnumSet.noneOf(CpuFeature.class))).isEqualTo(KernelVariant.PORTABLE);
        assertThat(fastestWith(avx2)).isEqualTo(KernelVariant.AVX2);
        assertThat(fastestWith(avx512)).isEqualTo(KernelVariant.AVX512);
        assertThat(fastestWith(knightsLanding)).isEqualTo(KernelVariant.AVX2);
        assertThat(FusedAdamW.forThisMachine().variant()).isEqualTo(KernelVariant.fastestOn(CpuCapabilities.probe()));
    }

    private static KernelVariant fastestWith(Set<CpuFeature> features) {
        return KernelVariant.fastestOn(new CpuCapabilities("test", features, 1));
    }

    @Test
    void saysWhichGpusThereAreOrWhyNone() {
        GpuCapabilities gpus = GpuCapabilities.probe();
        assertThat(gpus.absentReason().isEmpty()).isEqualTo(!gpus.gpus().isEmpty());
        assertThat(gpus.gpus()).allSatisfy(gpu -> {
            assertThat(gpu.name()).isNotBlank();
            assertThat(gpu.memoryBytes()).isGreaterThan(1L << 30);
            assertThat(gpu.capabilityMajor()).isBetween(3, 20);
        });
        if (Files.notExists(Path.of("/proc/driver/nvidia"))) {
            assertThat(gpus.gpus()).isEmpty();
        }
    }

    @Test
    void readsWhatTheProbeSays() {
        GpuCapabilities two = GpuCapabilities.parse(
                new String[] {"", "13010", "NVIDIA H200\t150754820096\t9\t0", "NVIDIA L4\t24000000000\t8\t9"});
        assertThat(two.cudaVersion()).isEqualTo("13.1");
        assertThat(two.absentReason()).isEmpty();
        assertThat(two.gpus().get(1)).isEqualTo(new GpuCapabilities.Gpu("NVIDIA L4", 24_000_000_000L, 8, 9));
        assertThat(GpuCapabilities.parse(new String[] {"", "13010"}).absentReason())
                .contains("0 GPUs");
        assertThat(GpuCapabilities.parse(new String[] {"no driver", "0"}).cudaVersion())
                .isEmpty();
    }

    @Test
    void refusesNumbersThatAdamWCannotUse() {
        assertThatThrownBy(() -> new AdamWStep(0, 1e-3, 0.9, 0.999, 1e-8, 0, 1)).hasMessageContaining("step is 0");
        assertThatThrownBy(() -> new AdamWStep(1, Double.NaN, 0.9, 0.999, 1e-8, 0, 1))
                .hasMessageContaining("learningRate is NaN");
        assertThatThrownBy(() -> new AdamWStep(1, 1e-3, 1, 0.999, 1e-8, 0, 1)).hasMessageContaining("beta1");
        assertThatThrownBy(() -> new AdamWStep(1, 1e-3, 0.9, -0.1, 1e-8, 0, 1)).hasMessageContaining("beta2");
        assertThatThrownBy(() -> new AdamWStep(1, 1e-3, 0.9, 0.999, 0, 0, 1)).hasMessageContaining("epsilon");
        assertThatThrownBy(() -> new AdamWStep(1, 1e-3, 0.9, 0.999, 1e-8, -1, 1))
                .hasMessageContaining("weightDecay");
        assertThatThrownBy(() -> new AdamWStep(1, 1e-3, 0.9, 0.999, 1e-8, 0, 1.0 / 0))
                .hasMessageContaining("gradScale");
    }
}
