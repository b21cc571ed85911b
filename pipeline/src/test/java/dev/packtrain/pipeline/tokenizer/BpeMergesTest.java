package dev.packtrain.pipeline.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BpeMergesTest {
    private static BpeMerges merges(WordCount... words) {
        ByteAlphabet alphabet = new ByteAlphabet();
        List<String> initial = new ArrayList<>();
        for (int b = 0; b < 256; b++) {
            initial.add(String.valueOf(alphabet.of(b)));
        }
        return new BpeMerges(initial, alphabet, List.of(words));
    }

    @Test
    void theMostFrequentPairIsMergedFirst() {
        BpeMerges merges = merges(
                new WordCount("hug", 10),
                new WordCount("pug", 5),
                new WordCount("pun", 12),
                new WordCount("bun", 4),
                new WordCount("hugs", 5));
        merges.learn(256 + 3, 2);
        // Counts: u+g 20, u+n 16, h+ug 15 (Sennrich et al.'s procedure, by hand).
        assertThat(merges.merges()).containsExactly("u g", "u n", "h ug");
        assertThat(merges.tokens().subList(256, 259)).containsExactly("ug", "un", "hug");
    }

    @Test
    void overlappingPairsAreCountedAgainAfterAMerge() {
        BpeMerges merges = merges(new WordCount("aaaaa", 3));
        merges.learn(300, 2);
        assertThat(merges.merges()).containsExactly("a a", "aa a", "aa aaa");
    }

    @Test
    void pairsThatAreEquallyFrequentComeInTheOrderOfTheirIds() {
        BpeMerges merges = merges(new WordCount("cd", 2), new WordCount("ab", 2));
        merges.learn(300, 2);
        assertThat(merges.merges()).containsExactly("a b", "c d");
    }

    /** Few letters, so that pairs overlap, come together in two ways, and go and come back. */
    @Test
    void countingEverythingAnewAfterEachMergeGivesTheSame() {
        Random random = new Random(17);
        for (int trial = 0; trial < 300; trial++) {
            int letters = 1 + random.nextInt(4);
            List<WordCount> words = new ArrayList<>();
            for (int i = 0; i < 1 + random.nextInt(12); i++) {
                StringBuilder word = new StringBuilder();
                for (int length = random.nextInt(14); length >= 0; length--) {
                    word.append((char) ('a' + random.nextInt(letters)));
                }
                words.add(new WordCount(word.toString(), 1 + random.nextInt(5)));
            }
            BpeMerges merges = merges(words.toArray(WordCount[]::new));
            merges.learn(280, 2);
            assertThat(merges.merges()).as("%s", words).isEqualTo(countedAnew(words, 280, 2));
        }
    }

    /** The definition, merge by merge. */
    private static List<String> countedAnew(List<WordCount> counts, int vocabSize, long minCount) {
        List<String> tokens = new ArrayList<>(merges().tokens());
        List<List<String>> words = new ArrayList<>();
        counts.forEach(word -> words.add(new ArrayList<>(List.of(word.word().split("")))));
        List<String> merges = new ArrayList<>();
        while (tokens.size() < vocabSize) {
            Map<List<String>, Long> pairs = new HashMap<>();
            for (int i = 0; i < words.size(); i++) {
                for (int at = 0; at + 1 < words.get(i).size(); at++) {
                    pairs.merge(
                            List.copyOf(words.get(i).subList(at, at + 2)),
                            counts.get(i).count(),
                            Long::sum);
                }
            }
            Comparator<List<String>> byCount = Comparator.comparing(pair -> -pairs.get(pair));
            Optional<List<String>> best = pairs.keySet().stream()
                    .min(byCount.thenComparing(pair -> tokens.indexOf(pair.get(0)))
                            .thenComparing(pair -> tokens.indexOf(pair.get(1))));
            if (best.isEmpty() || pairs.get(best.get()) < minCount) {
                break;
            }
            String merged = String.join("", best.get());
            merges.add(String.join(" ", best.get()));
            if (!tokens.contains(merged)) {
                tokens.add(merged);
            }
            for (List<String> word : words) {
                for (int at = 0; at + 1 < word.size(); at++) {
                    if (word.subList(at, at + 2).equals(best.get())) {
                        word.set(at, merged);
                        word.remove(at + 1);
                    }
                }
            }
        }
        return merges;
    }

    @Test
    void aPairThatIsTooRareIsNotMerged() {
        BpeMerges merges = merges(new WordCount("xy", 1));
        merges.learn(300, 2);
        assertThat(merges.merges()).isEmpty();
        assertThat(merges.tokens()).hasSize(256);
    }
}
