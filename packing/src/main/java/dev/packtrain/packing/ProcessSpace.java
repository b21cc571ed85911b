package dev.packtrain.packing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Where a process number means one process: one boot of one Linux kernel, one namespace of process numbers. Host names do not
 * say that: machines made of one image share one, and the first namespace has the same number on all.
 */
public final class ProcessSpace {
    /** The same for all processes of this one's space, and for no others; of nobody else where Linux does not say. */
    public static final String ID = find();

    private ProcessSpace() {}

    private static String find() {
        try {
            String boot =
                    Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
            return boot + "/" + Files.readSymbolicLink(Path.of("/proc/self/ns/pid"));
        } catch (IOException unknown) {
            return "unknown/" + UUID.randomUUID();
        }
    }
}
