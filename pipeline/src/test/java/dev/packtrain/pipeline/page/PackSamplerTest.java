package dev.packtrain.pipeline.page;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.GoldenTokenizer;
import dev.packtrain.pipeline.tokenizer.HuggingFaceTokenizer;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PackSamplerTest {
    private static TokenizedExample example(Tokenizer tokenizer, long id, String source, String target) {
        int[] masked = tokenizer.encode(source, true);
        int[] learnt = tokenizer.encode(target, false);
        int[] ids = Arrays.copyOf(masked, masked.length + learnt.length + 1);
        System.arraycopy(learnt, 0, ids, masked.length, learnt.length);
        ids[ids.length - 1] = tokenizer.eosTokenId();
        int[] labels = ids.clone();
        Arrays.fill(labels, 0, masked.length, TokenizedExample.IGNORE_INDEX);
        return new TokenizedExample(id, ids, labels);
    }

    @Test
    void piecesAreWholeCharactersThatReadLikeTheDocument() throws Exception {
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.load(GoldenTokenizer.directory())) {
            String source = "上衣材质#牛仔布 🧵";
            String target = "a soft, warm coat 温暖";
            Pack pack = new Pack(List.of(example(tokenizer, 8, source, target), example(tokenizer, 9, "x", "y")));

            PackSample sample = new PackSampler(tokenizer).sample(3, PackedSequence.of(pack, 300));

            assertThat(sample.numTokens()).isEqualTo(pack.numTokens());
            PackSample.Document document = sample.documents().get(0);
            assertThat(document.row()).isEqualTo(8);
            assertThat(document.numShown()).isEqualTo(document.numTokens());
            assertThat(text(document, PackSample.Kind.MASKED)).contains(source);
            assertThat(text(document, PackSample.Kind.LEARNT)).isEqualTo(target + "</s>");
            assertThat(document.pieces()).noneMatch(piece -> piece.text().contains("\ufffd"));
            assertThat(document.pieces().get(document.pieces().size() - 1).special())
                    .isTrue();
            assertThat(document.pieces().stream()
                            .filter(piece -> piece.text().contains("材"))
                            .toList())
                    .singleElement()
                    .satisfies(piece -> assertThat(piece.special()).isFalse());
        }
    }

    private static String text(PackSample.Document document, PackSample.Kind kind) {
        return document.pieces().stream()
                .filter(piece -> piece.kind() == kind)
                .map(PackSample.Piece::text)
                .collect(Collectors.joining());
    }

    @Test
    void longPacksAreShownAsFarAsThePageGoes() throws Exception {
        try (HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.load(GoldenTokenizer.directory())) {
            Pack pack = new Pack(List.of(
                    example(tokenizer, 1, "x ".repeat(PackSampler.MAX_SHOWN), "y"), example(tokenizer, 2, "x", "y")));

            PackSample sample = new PackSampler(tokenizer).sample(0, PackedSequence.of(pack, pack.numTokens()));

            assertThat(sample.documents().stream()
                            .mapToInt(PackSample.Document::numShown)
                            .sum())
                    .isEqualTo(PackSampler.MAX_SHOWN);
        }
    }

    @Test
    void theSeedChoosesTheSamePacksInTheirOrder() {
        assertThat(PackSampler.choose(1_000_000, 5))
                .hasSize(PackSampler.NUM_SAMPLES)
                .isSorted()
                .isEqualTo(PackSampler.choose(1_000_000, 5))
                .isNotEqualTo(PackSampler.choose(1_000_000, 6));
        assertThat(PackSampler.choose(2, 5)).containsExactly(0L, 1L);
        assertThat(PackSampler.choose(0, 5)).isEmpty();
    }
}
