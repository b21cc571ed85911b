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
 * <p>Counts of pairs are kept up to date merge by merge, and only the words that hold the merged pair are touched. A
 * heap holds candidates whose counts may be outdated; such a candidate is put back with its present count. Of pairs that
 * occur equally often the one with the smaller ids comes first, so that the same words give the same merges.
 */
final class BpeMerges {
    /** A pair of tokens as one number: the left id in the upper half. */
    private record Candidate(long pair, long count) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            return count != other.count ? Long.compare(other.count, count) : Long.compare(pair, other.pair);
        }
    }

    /** A word as its present tokens, and how often it occurs. */
    private static final class Word {
        private int[] tokens;
        private final long count;

        Word(int[] tokens, long count) {
            this.tokens = tokens;
            this.count = count;
        }
    }

    private final List<Word> words = new ArrayList<>();
    private final Map<Long, Long> countByPair = new HashMap<>();
    private final Map<Long, Set<Integer>> wordsByPair = new HashMap<>();
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
        countByPair.forEach((pair, count) -> candidates.add(new Candidate(pair, count)));
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
            change(pair(ids[i], ids[i + 1]), word.count(), index);
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
            long present = countByPair.getOrDefault(best.pair(), 0L);
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

    private void merge(long pair) {
        int left = (int) (pair >>> 32);
        int right = (int) pair;
        String token = tokens.get(left) + tokens.get(right);
        merges.add(tokens.get(left) + " " + tokens.get(right));
        // Two ways to build one token are two merges but one id.
        Integer known = idByToken.putIfAbsent(token, tokens.size());
        int merged = known == null ? tokens.size() : known;
        if (known == null) {
            tokens.add(token);
        }
        Set<Long> grown = new HashSet<>();
        for (int index : wordsByPair.remove(pair)) {
            mergeIn(index, left, right, merged, grown);
        }
        for (long candidate : grown) {
            long count = countByPair.getOrDefault(candidate, 0L);
            if (count > 0) {
                candidates.add(new Candidate(candidate, count));
            }
        }
    }

    /** Replaces the pair in one word; pairs whose count rises go to {@code grown}. */
    private void mergeIn(int index, int left, int right, int merged, Set<Long> grown) {
        Word word = words.get(index);
        int[] old = word.tokens;
        int[] fresh = new int[old.length];
        int length = 0;
        for (int i = 0; i < old.length; i++) {
            if (i + 1 < old.length && old[i] == left && old[i + 1] == right) {
                fresh[length++] = merged;
                i++;
            } else {
                fresh[length++] = old[i];
            }
        }
        if (length == old.length) {
            return;
        }
        for (int i = 0; i + 1 < old.length; i++) {
            change(pair(old[i], old[i + 1]), -word.count, index);
        }
        word.tokens = Arrays.copyOf(fresh, length);
        for (int i = 0; i + 1 < length; i++) {
            long pair = pair(fresh[i], fresh[i + 1]);
            change(pair, word.count, index);
            if (fresh[i] == merged || fresh[i + 1] == merged) {
                grown.add(pair);
            }
        }
    }

    private void change(long pair, long by, int wordIndex) {
        long count = countByPair.merge(pair, by, Long::sum);
        if (by > 0) {
            wordsByPair.computeIfAbsent(pair, key -> new HashSet<>()).add(wordIndex);
        } else if (count == 0) {
            countByPair.remove(pair);
            wordsByPair.remove(pair);
        }
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
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
