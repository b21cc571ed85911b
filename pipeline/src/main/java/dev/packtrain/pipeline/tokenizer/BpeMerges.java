package dev.packtrain.pipeline.tokenizer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Learns byte-level byte-pair merges (Sennrich et al., 2016): again and again the pair of neighbouring tokens that
 * occurs most often becomes a token.
 *
 * <p>Counts of pairs are kept up to date merge by merge, and only what stands beside the merged pair is counted again. A
 * heap holds candidates whose counts may be outdated; such a candidate is put back with its present count. Of pairs that
 * occur equally often the one with the smaller ids comes first, so that the same words give the same merges.
 */
final class BpeMerges {
    /** Two neighbouring tokens. */
    private record Pair(int left, int right) implements Comparable<Pair> {
        private static final int GOLDEN_RATIO = 0x9E3779B1;

        @Override
        public int compareTo(Pair other) {
            return left != other.left ? Integer.compare(left, other.left) : Integer.compare(right, other.right);
        }

        /** Ids are small and close together: many pairs have the same sum. */
        @Override
        public int hashCode() {
            return left * GOLDEN_RATIO + right;
        }
    }

    private record Candidate(Pair pair, long count) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            return count != other.count ? Long.compare(other.count, count) : pair.compareTo(other.pair);
        }
    }

    /** How often a pair occurs, and the words that it came into: it may have left them since, and a word may be there twice. */
    private static final class Occurrences {
        private long count;
        private int[] words = new int[1];
        private int numWords;

        void add(int word) {
            if (numWords > 0 && words[numWords - 1] == word) {
                return;
            }
            if (numWords == words.length) {
                words = Arrays.copyOf(words, 2 * numWords);
            }
            words[numWords++] = word;
        }
    }

    /** A word as its present tokens, the first of the array, and how often it occurs. */
    private static final class Word {
        private final int[] tokens;
        private final long count;
        private int length;

        Word(int[] tokens, long count) {
            this.tokens = tokens;
            this.count = count;
            this.length = tokens.length;
        }
    }

    private final List<Word> words = new ArrayList<>();
    private final Map<Pair, Occurrences> pairs = new HashMap<>();
    private final PriorityQueue<Candidate> candidates = new PriorityQueue<>();
    private final List<String> tokens;
    private final Map<String, Integer> idByToken = new HashMap<>();
    private final List<String> merges = new ArrayList<>();

    /**
     * Starts with the tokens that are there without merging.
     *
     * @param initial tokens by id; among them the 256 of the byte alphabet
     * @param countByWord how often each word occurs
     */
    BpeMerges(List<String> initial, ByteAlphabet alphabet, List<WordCount> countByWord) {
        tokens = new ArrayList<>(initial);
        for (int id = 0; id < tokens.size(); id++) {
            idByToken.put(tokens.get(id), id);
        }
        for (WordCount word : countByWord) {
            add(word, alphabet);
        }
        pairs.forEach((pair, occurrences) -> candidates.add(new Candidate(pair, occurrences.count)));
    }

    private void add(WordCount word, ByteAlphabet alphabet) {
        byte[] bytes = word.word().getBytes(StandardCharsets.UTF_8);
        int[] ids = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            ids[i] = idByToken.get(String.valueOf(alphabet.of(bytes[i] & 0xFF)));
        }
        int index = words.size();
        words.add(new Word(ids, word.count()));
        for (int i = 0; i + 1 < ids.length; i++) {
            more(new Pair(ids[i], ids[i + 1]), index);
        }
    }

    /**
     * Merges until there are so many tokens, or no pair occurs often enough.
     *
     * @param minCount a pair that occurs less often is not merged
     */
    void learn(int vocabSize, long minCount) {
        while (tokens.size() < vocabSize && !candidates.isEmpty()) {
            Candidate best = candidates.poll();
            long present = count(best.pair());
            if (present != best.count()) {
                if (present > 0) {
                    candidates.add(new Candidate(best.pair(), present));
                }
                continue;
            }
            if (present < minCount) {
                return;
            }
            merge(best.pair());
        }
    }

    private long count(Pair pair) {
        Occurrences occurrences = pairs.get(pair);
        return occurrences == null ? 0 : occurrences.count;
    }

    private void merge(Pair pair) {
        String left = tokens.get(pair.left());
        String right = tokens.get(pair.right());
        merges.add(left + " " + right);
        // Two ways to build one token are two merges but one id.
        Integer known = idByToken.putIfAbsent(left + right, tokens.size());
        int merged = known == null ? tokens.size() : known;
        if (known == null) {
            tokens.add(left + right);
        }
        Set<Pair> grown = new HashSet<>();
        Occurrences occurrences = pairs.get(pair);
        for (int i = 0; i < occurrences.numWords; i++) {
            mergeIn(occurrences.words[i], pair, merged, grown);
        }
        for (Pair candidate : grown) {
            long count = count(candidate);
            if (count > 0) {
                candidates.add(new Candidate(candidate, count));
            }
        }
    }

    /** Replaces the pair in one word; pairs that come into being there go to {@code grown}. */
    private void mergeIn(int index, Pair pair, int merged, Set<Pair> grown) {
        Word word = words.get(index);
        int[] ids = word.tokens;
        int length = 0;
        int i = 0;
        while (i < word.length) {
            boolean found = i + 1 < word.length && ids[i] == pair.left() && ids[i + 1] == pair.right();
            if (!found) {
                ids[length++] = ids[i++];
                continue;
            }
            less(pair, word.count);
            if (length > 0) {
                less(new Pair(ids[length - 1], pair.left()), word.count);
                grown.add(more(new Pair(ids[length - 1], merged), index));
            }
            if (i + 2 < word.length) {
                less(new Pair(pair.right(), ids[i + 2]), word.count);
                grown.add(more(new Pair(merged, ids[i + 2]), index));
            }
            ids[length++] = merged;
            i += 2;
        }
        word.length = length;
    }

    private Pair more(Pair pair, int word) {
        Occurrences occurrences = pairs.computeIfAbsent(pair, key -> new Occurrences());
        occurrences.count += words.get(word).count;
        occurrences.add(word);
        return pair;
    }

    private void less(Pair pair, long by) {
        Occurrences occurrences = pairs.get(pair);
        occurrences.count -= by;
        if (occurrences.count == 0) {
            pairs.remove(pair);
        }
    }

    /** Tokens by id. */
    List<String> tokens() {
        return List.copyOf(tokens);
    }

    /** Merges in the order in which they apply, each as left token, space, right token. */
    List<String> merges() {
        return List.copyOf(merges);
    }
}
