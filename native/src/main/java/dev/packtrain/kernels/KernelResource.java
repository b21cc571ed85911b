package dev.packtrain.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;

/** Compiled kernels on the class path, checked against the SHA-256 that was recorded when they were built. */
public final class KernelResource {
    private KernelResource() {}

    /**
     * Kernels for NVIDIA GPUs.
     *
     * @return empty if the build had no nvcc and left them out
     * @throws KernelUnavailableException if they are damaged, or none are built for this platform
     */
    public static Optional<byte[]> gpuKernels() {
        return read(NativeLibrary.platform(), "packtrain_kernels.fatbin");
    }

    static Optional<byte[]> read(String platform, String name) {
        Optional<byte[]> file = bytes(platform + "/" + name);
        file.ifPresent(content -> {
            byte[] recorded = bytes(platform + "/" + name + ".sha256").orElse(new byte[0]);
            verify(name, content, new String(recorded, StandardCharsets.US_ASCII).strip());
        });
        return file;
    }

    private static Optional<byte[]> bytes(String path) {
        try (InputStream in = KernelResource.class.getResourceAsStream(path)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        } catch (IOException e) {
            throw new KernelUnavailableException(
                    "dev/packtrain/kernels/" + path + " cannot be read from the class path (" + e.getMessage()
                            + "); the jar is damaged, copy or build it again.",
                    e);
        }
    }

    static void verify(String name, byte[] content, String recordedSha256) {
        String actual = HexFormat.of().formatHex(sha256().digest(content));
        if (!actual.equals(recordedSha256)) {
            throw new KernelUnavailableException(name + " on the class path has SHA-256 " + actual + ", but "
                    + recordedSha256 + " was recorded when it was built; the jar is damaged, copy or build it again.");
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
