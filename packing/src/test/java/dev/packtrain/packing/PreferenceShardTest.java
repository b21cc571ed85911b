package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Preference examples in shards: the mask of the columns against its definition, and each branch against the sequence
 * that prompt and answer make alone.
 */
class PreferenceShardTest {
    private static final int MAX_LENGTH = 96;
    /** Of bytes that pyarrow opened when version 2 was fixed; see {@link ShardGoldenTest} for what a difference means. */
    private static final String SHA256 = "3158c8329e0bf4e01e0b4f9bc04c0c6ece5e288faa53d254769755508e56b7e7";

    @TempDir
    Path directory;

    /** A prompt and its answers, before they become one document. */
    private record Pair(int[] prompt, int[] chosen, int[] rejected) {
        TokenizedExample example(long id) {
            return TokenizedExample.preference(id, prompt, chosen, rejected);
        }
    }

    private static Pair pair(Random random, int firstToken) {
        int[] lengths = random.ints(3, 1, 9).toArray();
        int second = firstToken + lengths[0];
        int third = second + lengths[1];
        return new Pair(
                IntStream.range(firstToken, second).toArray(),
                IntStream.range(second, third).toArray(),
                IntStream.range(third, third + lengths[2]).toArray());
    }

    @Test
    void aPairIsItsSharedPartAndTwoBranches() {
        TokenizedExample example = TokenizedExample.preference(4, new int[] {1, 2, 3}, new int[] {4, 5}, new int[] {6});
        assertThat(example.inputIds()).containsExactly(1, 2, 3, 4, 5, 3, 6);
        assertThat(example.labels()).containsExactly(-100, -100, -100, 4, 5, -100, 6);
        assertThat(example.positionIds()).containsExactly(0, 1, 2, 3, 4, 2, 3);
        assertThat(example.branches()).isEqualTo(new PreferenceBranches(2, 5));
        assertThat(example.numLabelTokens()).isEqualTo(3);
        Pack pack =
                new Pack(List.of(example, TokenizedExample.preference(9, new int[] {7}, new int[] {8}, new int[] {9})));
        PackedSequence row = PackedSequence.of(pack, 13);
        assertThat(row.preference().startRowIndices()).containsExactly(7, 7, 5, 5, 5, 7, 7, 9, 9, 11, 11, 11, 12);
        assertThat(row.preference().chosenStarts()).containsExactly(2, 7);
        assertThat(row.preference().rejectedStarts()).containsExactly(5, 9);
    }

    @Test
    void everyBranchIsWhatPromptAndAnswerAreAlone() throws IOException {
        long seed = 20;
        Random random = new Random(seed);
        List<List<Pair>> packsOfPairs = new ArrayList<>();
        List<Pack> packs = new ArrayList<>();
        for (int p = 0; p < 40; p++) {
            List<Pair> pairs = IntStream.range(0, 1 + random.nextInt(3))
                    .mapToObj(i -> pair(random, 1000 * i))
                    .toList();
            packsOfPairs.add(pairs);
            packs.add(new Pack(IntStream.range(0, pairs.size())
                    .mapToObj(i -> pairs.get(i).example(i))
                    .toList()));
        }
        Path file = directory.resolve("shard.arrow");
        ShardSummary summary = write(file, packs);
        assertThat(summary.labelTokens())
                .isEqualTo(packsOfPairs.stream()
                        .flatMap(List::stream)
                        .mapToLong(pair -> pair.chosen().length + pair.rejected().length)
                        .sum());
        try (Shard shard = Shard.open(file)) {
            assertThat(shard.kind()).isEqualTo(ExampleKind.PREFERENCE);
            for (int p = 0; p < packs.size(); p++) {
                PackedSequence row = shard.get(p);
                assertThat(Examples.content(row))
                        .isEqualTo(Examples.content(PackedSequence.of(packs.get(p), MAX_LENGTH)));
                assertMaskIsTheDefinition(row, seed);
                for (int d = 0; d < row.numDocuments(); d++) {
                    Pair pair = packsOfPairs.get(p).get(d);
                    int rejected = row.preference().rejectedStarts()[d];
                    assertBranch(row, d, rejected, pair.prompt(), pair.chosen());
                    assertBranch(row, d, row.cuSeqlens()[d + 1], pair.prompt(), pair.rejected());
                }
            }
        }
    }

    /** Row t sees column c: by FlashMask's rule on one side, by what a shared question means on the other. */
    private static void assertMaskIsTheDefinition(PackedSequence row, long seed) {
        int[] document = new int[MAX_LENGTH];
        int[] part = new int[MAX_LENGTH];
        Arrays.fill(document, -1);
        for (int d = 0; d < row.numDocuments(); d++) {
            for (int t = row.cuSeqlens()[d]; t < row.cuSeqlens()[d + 1]; t++) {
                document[t] = d;
                part[t] = t < row.preference().chosenStarts()[d]
                        ? 0
                        : t < row.preference().rejectedStarts()[d] ? 1 : 2;
            }
        }
        for (int t = 0; t < MAX_LENGTH; t++) {
            for (int c = 0; c < MAX_LENGTH; c++) {
                boolean wanted = c <= t
                        && document[t] >= 0
                        && document[t] == document[c]
                        && (part[c] == 0 || part[c] == part[t]);
                assertThat(sees(row, t, c))
                        .as("seed %d, row %d, column %d", seed, t, c)
                        .isEqualTo(wanted);
            }
        }
    }

    private static boolean sees(PackedSequence row, int query, int key) {
        return key <= query && query < row.preference().startRowIndices()[key];
    }

    /**
     * The last row of a branch sees exactly the tokens of prompt and answer, at the positions, with the labels and with the
     * views of each other that they have as a sequence alone.
     */
    private static void assertBranch(PackedSequence row, int document, int end, int[] prompt, int[] answer) {
        int[] seen =
                IntStream.range(0, end).filter(key -> sees(row, end - 1, key)).toArray();
        int[] alone =
                IntStream.concat(Arrays.stream(prompt), Arrays.stream(answer)).toArray();
        assertThat(Arrays.stream(seen).map(t -> row.inputIds()[t])).containsExactly(boxed(alone));
        assertThat(Arrays.stream(seen).map(t -> row.positionIds()[t]))
                .containsExactly(boxed(IntStream.range(0, alone.length).toArray()));
        // Nothing is shared by answers to a prompt of one token.
        assertThat(seen[0]).isGreaterThanOrEqualTo(row.cuSeqlens()[document]);
        for (int i = 0; i < seen.length; i++) {
            for (int j = 0; j < seen.length; j++) {
                assertThat(sees(row, seen[i], seen[j])).isEqualTo(j <= i);
            }
            int label = i < prompt.length ? TokenizedExample.IGNORE_INDEX : alone[i];
            assertThat(row.labels()[seen[i]]).isEqualTo(label);
            // The ordinary shift: what a slot is to predict is the label of the next slot of the shard.
            if (i >= prompt.length) {
                assertThat(seen[i]).isEqualTo(seen[i - 1] + 1);
            }
        }
    }

    private static Integer[] boxed(int[] values) {
        return Arrays.stream(values).boxed().toArray(Integer[]::new);
    }

    @Test
    void kindsDoNotMix() throws IOException {
        TokenizedExample pair = TokenizedExample.preference(0, new int[] {1}, new int[] {2}, new int[] {3});
        TokenizedExample sequence = Examples.of(1, 3);
        assertThatThrownBy(() -> new Pack(List.of(sequence, pair)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("one kind; got sequence and preference");
        try (ShardWriter writer = ShardWriter.open(new ByteArrayOutputStream(), MAX_LENGTH, ExampleKind.PREFERENCE)) {
            assertThatThrownBy(() -> writer.write(new Pack(List.of(sequence))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("of kind preference; got a pack of kind sequence");
        }
        assertThatThrownBy(() -> TokenizedExample.preference(7, new int[] {1}, new int[0], new int[] {3}))
                .hasMessageContaining("example 7 has 1 prompt, 0 chosen and 1 rejected tokens");
    }

    @Test
    void theBytesAreThoseOfVersion2() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ShardWriter writer = ShardWriter.open(bytes, 20, ExampleKind.PREFERENCE)) {
            for (int p = 0; p < 18; p++) {
                int[] prompt = IntStream.range(p, p + 1 + p % 4).toArray();
                writer.write(new Pack(List.of(
                        TokenizedExample.preference(2L * p, prompt, new int[] {101, p}, new int[] {102}),
                        TokenizedExample.preference(2L * p + 1, new int[] {7}, new int[] {p}, new int[] {8, 9, p}))));
            }
            assertThat(writer.finish()).isEqualTo(new ShardSummary(18, 36, 223, 126, 11362, SHA256));
        }
    }

    private static ShardSummary write(Path file, List<Pack> packs) throws IOException {
        try (var out = Files.newOutputStream(file);
                ShardWriter writer = ShardWriter.open(out, MAX_LENGTH, ExampleKind.PREFERENCE)) {
            for (Pack pack : packs) {
                writer.write(pack);
            }
            return writer.finish();
        }
    }
}
