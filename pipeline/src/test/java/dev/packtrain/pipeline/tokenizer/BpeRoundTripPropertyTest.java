package dev.packtrain.pipeline.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class BpeRoundTripPropertyTest {
    private final Tokenizer tokenizer = trained();

    private static Tokenizer trained() {
        List<WordCount> words = new ArrayList<>();
        WordSplitter.split("这件衬衫 这件衬衫 it's the shirt, the shirt 😀😀", word -> words.add(new WordCount(word, 3)));
        return HuggingFaceTokenizer.load(BpeTrainer.learn(words, 400), null);
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> codePoints = Arbitraries.integers()
                .between(1, 0x1FFFF)
                .filter(c -> c < 0xD800 || c > 0xDFFF)
                .map(Character::toString);
        return Arbitraries.oneOf(
                        codePoints, Arbitraries.of("这", "件", " ", "  ", "'s", "the", "😀", "\n", "<|endoftext|>"))
                .list()
                .ofMaxSize(40)
                .map(parts -> String.join("", parts));
    }

    @Property(tries = 500)
    void decodingGivesBackTheText(@ForAll("texts") String text) {
        int[] ids = tokenizer.encode(text, false);
        assertThat(tokenizer.decode(ids, false)).isEqualTo(text);
        for (int id : ids) {
            assertThat(id).isBetween(0, tokenizer.vocabSize() - 1);
        }
    }
}
