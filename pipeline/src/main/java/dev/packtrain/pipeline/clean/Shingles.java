package dev.packtrain.pipeline.clean;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The overlapping pieces of a text, as a set of 30-bit hashes, rising.
 *
 * <p>Of more than {@link #MAX} only the smallest hashes are kept: a random sample of the pieces, the same for equal
 * pieces in every text, from which similarity is estimated with a standard deviation below 0.002.
 */
final class Shingles {
    /** Hashes of a row at most: 256 KiB. */
    static final int MAX = 1 << 16;

    /** The hashes are below this; MLlib's MinHash takes numbers below 2,038,074,743. */
    static final int RANGE = 1 << 30;

    private Shingles() {}

    /** Of all text of a record, case and white space aside; empty only if there is no text. */
    static int[] of(CleanRecord record, NearDedup options) {
        String text = TextNormalization.WHITESPACE_CASE.apply(record.text());
        int[] hashes =
                switch (options.unit()) {
                    case CHAR -> ofCharacters(text, options.ngram());
                    case WORD -> ofUnits(TextUnits.of(text), options.ngram());
                };
        int[] distinct = Arrays.stream(hashes).sorted().distinct().toArray();
        return distinct.length <= MAX ? distinct : Arrays.copyOf(distinct, MAX);
    }

    private static int[] ofCharacters(String text, int ngram) {
        int[] characters = text.codePoints().toArray();
        if (characters.length == 0) {
            return new int[0];
        }
        // A text shorter than a shingle is one.
        int length = Math.min(ngram, characters.length);
        int[] hashes = new int[characters.length - length + 1];
        for (int from = 0; from < hashes.length; from++) {
            long hash = length;
            for (int i = from; i < from + length; i++) {
                hash = Mix64.mix(hash ^ characters[i]);
            }
            hashes[from] = (int) (hash & (RANGE - 1));
        }
        return hashes;
    }

    private static int[] ofUnits(TextUnits units, int ngram) {
        if (units.size() == 0) {
            return new int[0];
        }
        int length = Math.min(ngram, units.size());
        int[] hashes = new int[units.size() - length + 1];
        for (int from = 0; from < hashes.length; from++) {
            hashes[from] = (int) (units.hash(from, from + length) & (RANGE - 1));
        }
        return hashes;
    }

    /** Shared pieces by all pieces of two sets that are not both empty. */
    static double jaccard(int[] first, int[] second) {
        boolean sampled = first.length == MAX || second.length == MAX;
        int limit = sampled ? MAX : Integer.MAX_VALUE;
        int shared = 0;
        int all = 0;
        int i = 0;
        int j = 0;
        while (all < limit && i < first.length && j < second.length) {
            int order = Integer.compare(first[i], second[j]);
            shared += order == 0 ? 1 : 0;
            i += order <= 0 ? 1 : 0;
            j += order >= 0 ? 1 : 0;
            all++;
        }
        long rest = sampled
                ? Math.min(limit - all, first.length - i + second.length - j)
                : first.length - i + second.length - j;
        return (double) shared / (all + rest);
    }

    static byte[] toBytes(int[] shingles) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * shingles.length);
        bytes.asIntBuffer().put(shingles);
        return bytes.array();
    }

    static int[] fromBytes(byte[] bytes) {
        int[] shingles = new int[bytes.length / Integer.BYTES];
        ByteBuffer.wrap(bytes).asIntBuffer().get(shingles);
        return shingles;
    }
}
