package dev.packtrain.jobs.doctor;

import dev.packtrain.kernels.AttentionVariant;
import dev.packtrain.kernels.CpuCapabilities;
import dev.packtrain.kernels.KernelThreads;
import dev.packtrain.kernels.KernelUnavailableException;
import dev.packtrain.kernels.KernelVariant;
import dev.packtrain.kernels.LowRankProducts;
import dev.packtrain.training.device.WeightProduct;

/** Packtrain's own native kernels. */
final class KernelsCheck implements Check {
    @Override
    public String what() {
        return "native kernels";
    }

    @Override
    public Finding run() {
        CpuCapabilities cpu;
        try {
            cpu = CpuCapabilities.probe();
        } catch (KernelUnavailableException unavailable) {
            return Finding.fail(unavailable.getMessage(), "as the sentence says; until then the optimizer cannot run");
        }
        KernelThreads threads = KernelThreads.ofCallingThread();
        String found = "%s variant, attention with %s, adapters with %s, on %s %s, %s; %s"
                .formatted(
                        KernelVariant.fastestOn(cpu),
                        AttentionVariant.fastestOn(cpu),
                        LowRankProducts.fastestOn(cpu),
                        cpu.brand(),
                        cpu.features(),
                        threads.describe(),
                        WeightProduct.describe());
        if (!threads.isParallel()) {
            return Finding.warn(found, "libgomp on the machine; the results are the same, only slower");
        }
        return switch (KernelVariant.fastestOn(cpu)) {
            case AVX512, AVX2 -> Finding.ok(found);
            case PORTABLE -> Finding.warn(found, "a CPU with AVX2 or AVX-512; the results are the same, only slower");
        };
    }
}
