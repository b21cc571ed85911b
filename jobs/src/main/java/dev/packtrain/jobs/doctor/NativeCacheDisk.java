package dev.packtrain.jobs.doctor;

import java.nio.file.Files;
import java.nio.file.Path;

/** Where libtorch is unpacked at its first use. */
final class NativeCacheDisk {
    private static final String FOLDER = "org.bytedeco.javacpp.cachedir";
    private static final long UNPACKED = 1200L << 20;
    private static final long ROOM = 64L << 20;

    private NativeCacheDisk() {}

    static Check check() {
        String chosen = System.getProperty(FOLDER);
        Path folder = chosen == null ? Path.of(System.getProperty("user.home"), ".javacpp", "cache") : Path.of(chosen);
        // Once there, it is only locked and read.
        long needed = Files.isDirectory(folder) ? ROOM : UNPACKED;
        return new DiskCheck(
                "libtorch's native code",
                folder,
                needed,
                needed + UNPACKED,
                "give the JVM -D%s=DIR on a larger disk".formatted(FOLDER));
    }
}
