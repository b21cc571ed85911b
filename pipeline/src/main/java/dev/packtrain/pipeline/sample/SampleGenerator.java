package dev.packtrain.pipeline.sample;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Makes rows, about three quarters of them Chinese and the others English. Holds no row: any number streams. */
public final class SampleGenerator {
    /** Of so many rows... */
    private static final int CYCLE = 4;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final long seed;
    private final Copywriter chinese = new Copywriter(ChineseFashion.LANGUAGE);
    private final Copywriter english = new Copywriter(EnglishFashion.LANGUAGE);

    /** The same seed gives the same rows. */
    public SampleGenerator(long seed) {
        this.seed = seed;
    }

    /** Row {@code index}, 0 or more. */
    public SampleRow row(long index) {
        // Neighbouring seeds of java.util.Random start alike, so seed and index are stirred first.
        Random random = new Random(stir(stir(seed) + index));
        return (random.nextInt(CYCLE) == 0 ? english : chinese).write(random);
    }

    /** Rows 0 to {@code numRows - 1}. */
    public Stream<SampleRow> rows(long numRows) {
        return LongStream.range(0, numRows).mapToObj(this::row);
    }

    /** Writes rows 0 to {@code numRows - 1} as JSON lines with {@code src} and {@code tgt}; replaces the file. */
    public void writeTo(Path file, long numRows) throws IOException {
        try (BufferedWriter out = Files.newBufferedWriter(file, StandardCharsets.UTF_8)) {
            for (long i = 0; i < numRows; i++) {
                SampleRow row = row(i);
                ObjectNode node = JSON.createObjectNode().put("src", row.src()).put("tgt", row.tgt());
                out.write(JSON.writeValueAsString(node));
                out.write('\n');
            }
        }
    }

    /** The finaliser of SplitMix64 (Steele et al., 2014). */
    private static long stir(long value) {
        long z = value + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
