package dev.packtrain.packing.simulation;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;

/** Lengths of examples that packing is measured on, in tokens. Each set is the same every time. */
public enum LengthSet {
    /**
     * 94 copies of the 1,070 rows of AdvertiseGen's development split, shuffled, with a byte-level BPE of 8,000 entries
     * trained on them and an end-of-sequence token each: 100,580 lengths from 39 to 174, mean 82. Stored as a histogram.
     */
    ADVERTISE_GEN,
    /** Dialogues: 100,000 log-normal lengths with median 300 and σ = 1, at least 8. About 495 in the mean. */
    CHAT,
    /** Long documents: 100,000 log-normal lengths with median 900 and σ = 1.1, at least 16. About 1,650 in the mean. */
    LONG_DOCUMENTS;

    private static final int COPIES = 94;
    private static final int NUM_SYNTHETIC = 100_000;
    private static final long SEED = 7;

    /**
     * The lengths in a random order.
     *
     * @param maxLength longer examples are cut to this, as {@code prepare} truncates them
     */
    public int[] lengths(int maxLength) {
        int[] lengths =
                switch (this) {
                    case ADVERTISE_GEN -> advertiseGen();
                    case CHAT -> logNormal(300, 1.0, 8);
                    case LONG_DOCUMENTS -> logNormal(900, 1.1, 16);
                };
        for (int index = 0; index < lengths.length; index++) {
            lengths[index] = Math.min(lengths[index], maxLength);
        }
        return lengths;
    }

    private static int[] logNormal(double median, double sigma, int least) {
        Random random = new Random(SEED);
        return IntStream.range(0, NUM_SYNTHETIC)
                .map(index -> (int) Math.max(least, median * StrictMath.exp(sigma * random.nextGaussian())))
                .toArray();
    }

    private static int[] advertiseGen() {
        int[] lengths = Arrays.stream(read("advertisegen-lengths.txt"))
                .map(line -> line.split(" "))
                .flatMapToInt(entry -> IntStream.generate(() -> Integer.parseInt(entry[0]))
                        .limit((long) COPIES * Integer.parseInt(entry[1])))
                .toArray();
        Random random = new Random(SEED);
        for (int index = lengths.length - 1; index > 0; index--) {
            int other = random.nextInt(index + 1);
            int length = lengths[index];
            lengths[index] = lengths[other];
            lengths[other] = length;
        }
        return lengths;
    }

    /** Lines with a length and how many examples have it, by rising length. */
    private static String[] read(String resource) {
        try (InputStream in = Objects.requireNonNull(LengthSet.class.getResourceAsStream(resource), resource);
                BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            return lines.lines().toArray(String[]::new);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
