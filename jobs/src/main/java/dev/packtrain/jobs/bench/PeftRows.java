package dev.packtrain.jobs.bench;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/**
 * Rows divided for {@link BenchPeft}, in an order that the seed decides: one half for the base model, of the other half
 * nine tenths to fine-tune on and one tenth to measure with.
 *
 * @param base file of the first half
 * @param tune file of nine tenths of the second
 * @param dev file of the rest
 */
record PeftRows(Path base, Path tune, Path dev) {
    /** Fewer would leave nothing to measure. */
    private static final int FEWEST = 20;

    private static final int DEV_PART = 20;

    static PeftRows split(Path source, long seed, Path dir) throws IOException {
        List<String> rows = new ArrayList<>(Files.readAllLines(source));
        rows.removeIf(String::isBlank);
        if (rows.size() < FEWEST) {
            throw new BadInputException("%s has %d rows, wanted %d or more to divide; give a larger --source."
                    .formatted(source, rows.size(), FEWEST));
        }
        Collections.shuffle(rows, new Random(seed));
        int half = rows.size() / 2;
        int dev = rows.size() - rows.size() / DEV_PART;
        return new PeftRows(
                Files.write(dir.resolve("base.jsonl"), rows.subList(0, half)),
                Files.write(dir.resolve("tune.jsonl"), rows.subList(half, dev)),
                Files.write(dir.resolve("dev.jsonl"), rows.subList(dev, rows.size())));
    }
}
