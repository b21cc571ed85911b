package dev.packtrain.pipeline.clean;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.LongStream;

/** The passages of a record that decontamination compares, see {@link Decontamination}. */
final class Passages {
    /** A word weighs so much... */
    private static final int WORD = 20;

    /** ...and a character that stands alone so much: 0.65 of a word. */
    private static final int CHARACTER = 13;

    private Passages() {}

    /**
     * Hashes of the passages of each text of a record, each once, rising. A passage starts at any unit and ends where it
     * weighs {@code ngram} words, so it does not depend on what stands around it. A record that is shorter is one passage.
     */
    static long[] of(CleanRecord record, int ngram) {
        LongStream.Builder hashes = LongStream.builder();
        boolean none = true;
        for (CleanRecord.Part part : record.parts()) {
            TextUnits units = TextUnits.of(part.text().toLowerCase(Locale.ROOT));
            int to = 0;
            int weight = 0;
            for (int from = 0; from < units.size(); from++) {
                while (weight < ngram * WORD && to < units.size()) {
                    weight += weight(units, to++);
                }
                if (weight < ngram * WORD) {
                    break;
                }
                hashes.add(units.hash(from, to));
                none = false;
                weight -= weight(units, from);
            }
        }
        if (none) {
            TextUnits units = TextUnits.of(record.text().toLowerCase(Locale.ROOT));
            // A record without any word, such as one of symbols, is like no other.
            return units.size() == 0 ? new long[0] : new long[] {units.hash(0, units.size())};
        }
        return hashes.build().sorted().distinct().toArray();
    }

    private static int weight(TextUnits units, int unit) {
        return units.isCharacter(unit) ? CHARACTER : WORD;
    }

    /** Why a record with so many passages, some of them held out, goes; null if it stays. */
    static String verdict(long numHeldOut, long numPassages, Decontamination options) {
        if (numHeldOut == 0 || numHeldOut <= options.maxOverlap() * numPassages) {
            return null;
        }
        return "%d of %d passages of %d words are in the held-out set %s"
                .formatted(numHeldOut, numPassages, options.ngram(), options.path());
    }

    /** How many of the passages are in the set. */
    static long count(long[] passages, HashTable heldOut) {
        return Arrays.stream(passages).filter(heldOut::contains).count();
    }
}
