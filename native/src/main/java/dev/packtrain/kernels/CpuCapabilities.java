package dev.packtrain.kernels;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What the CPU of this machine can do for us.
 *
 * @param brand the CPU's own name; empty where it has none
 * @param features instruction sets that the CPU reports (CPUID) and whose registers the operating system saves (XCR0)
 * @param numCores logical cores that this process may use (CPU affinity and container limits count)
 */
public record CpuCapabilities(String brand, Set<CpuFeature> features, int numCores) {
    /** Takes an immutable copy. */
    public CpuCapabilities {
        EnumSet<CpuFeature> copy = EnumSet.noneOf(CpuFeature.class);
        copy.addAll(features);
        features = Collections.unmodifiableSet(copy);
    }

    /**
     * Asks this machine.
     *
     * @throws KernelUnavailableException if the native library cannot be loaded
     */
    public static CpuCapabilities probe() {
        NativeLibrary.require();
        int bits = NativeCalls.cpuFeatures();
        EnumSet<CpuFeature> features = EnumSet.noneOf(CpuFeature.class);
        for (CpuFeature feature : CpuFeature.values()) {
            if (feature.isIn(bits)) {
                features.add(feature);
            }
        }
        int numCores = Runtime.getRuntime().availableProcessors();
        return new CpuCapabilities(NativeCalls.cpuBrand().strip(), features, numCores);
    }
}
