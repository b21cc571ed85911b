package dev.packtrain.pipeline.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
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

    @Test
    void aPairThatIsTooRareIsNotMerged() {
        BpeMerges merges = merges(new WordCount("xy", 1));
        merges.learn(300, 2);
        assertThat(merges.merges()).isEmpty();
        assertThat(merges.tokens()).hasSize(256);
    }
}
