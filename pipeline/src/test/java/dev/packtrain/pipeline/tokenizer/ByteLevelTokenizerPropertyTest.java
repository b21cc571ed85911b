package dev.packtrain.pipeline.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class ByteLevelTokenizerPropertyTest {
    private final Tokenizer own = Tokenizers.load(Dressed.llama3(), null);
    private final Tokenizer library = HuggingFaceTokenizer.load(Dressed.llama3(), null);

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> codePoints = Arbitraries.integers()
                .between(1, Character.MAX_CODE_POINT)
                .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                .map(Character::toString);
        Arbitrary<String> latin = Arbitraries.integers().between(1, 0x24F).map(Character::toString);
        return Arbitraries.oneOf(
                        codePoints,
                        latin,
                        Arbitraries.of(" ", "\n", "'s", "'", "12345", "连衣裙", "设计", "quux", "<|endoftext|>", "\u00a0"))
                .list()
                .ofMaxSize(40)
                .map(parts -> String.join("", parts));
    }

    @Property(tries = 1000)
    void tokensAndRangesEqualTheLibrarys(@ForAll("texts") String text) {
        TokenOffsets wanted = library.encodeWithOffsets(text, true);
        TokenOffsets got = own.encodeWithOffsets(text, true);
        assertThat(own.encode(text, true)).isEqualTo(wanted.ids());
        assertThat(got.ids()).isEqualTo(wanted.ids());
        assertThat(got.starts()).isEqualTo(wanted.starts());
        assertThat(got.ends()).isEqualTo(wanted.ends());
    }
}
