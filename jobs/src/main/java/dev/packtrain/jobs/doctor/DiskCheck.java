package dev.packtrain.jobs.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Free space where something is written, which need not exist yet. */
final class DiskCheck implements Check {
    private static final double GIB = 1L << 30;

    private final String use;
    private final Path folder;
    private final long needed;
    private final long wanted;
    private final String change;

    /**
     * Of one folder.
     *
     * @param use what is written there
     * @param needed bytes without which nothing works
     * @param wanted bytes that leave room
     * @param change what to do if there is less
     */
    DiskCheck(String use, Path folder, long needed, long wanted, String change) {
        this.use = use;
        this.folder = folder.toAbsolutePath();
        this.needed = needed;
        this.wanted = wanted;
        this.change = change;
    }

    @Override
    public String what() {
        return "disk for " + use;
    }

    @Override
    public Finding run() throws IOException {
        Path existing = folder;
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (!Files.isWritable(existing)) {
            return Finding.fail("%s cannot be written to".formatted(existing), change);
        }
        long free = Files.getFileStore(existing).getUsableSpace();
        String found = String.format(Locale.ROOT, "%.1f GiB free at %s", free / GIB, folder);
        if (free >= wanted) {
            return Finding.ok(found);
        }
        String less = found + String.format(Locale.ROOT, "; wanted %.2f GiB", wanted / GIB);
        return free >= needed ? Finding.warn(less, change) : Finding.fail(less, change);
    }
}
