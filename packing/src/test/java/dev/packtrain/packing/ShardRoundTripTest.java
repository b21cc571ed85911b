package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What goes into a shard comes out. Closing a writer or a shard throws if Arrow memory leaked, so each test checks that. */
class ShardRoundTripTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"0, 8", "1, 1", "1, 7", "15, 33", "16, 64", "17, 65", "32, 128", "100, 1023", "33, 4097"})
    void rowsComeBackInAnyOrder(int numPacks, int maxLength) throws IOException {
        List<Pack> packs = Examples.randomPacks(new Random(numPacks), numPacks, maxLength);
        Path file = directory.resolve("shard.arrow");
        write(file, packs, maxLength);
        List<Integer> rows = new ArrayList<>();
        for (int row = 0; row < numPacks; row++) {
            rows.add(row);
        }
        Collections.shuffle(rows, new Random(1));
        try (Shard shard = Shard.open(file)) {
            assertThat(shard.numPacks()).isEqualTo(numPacks);
            assertThat(shard.maxLength()).isEqualTo(maxLength);
            for (int row : rows) {
                assertThat(Examples.content(shard.get(row)))
                        .isEqualTo(Examples.content(PackedSequence.of(packs.get(row), maxLength)));
            }
        }
    }

    @Test
    void aRowHoldsItsDocumentsSideBySideThenPadding() throws IOException {
        TokenizedExample first = new TokenizedExample(7, new int[] {11, 12, 13}, new int[] {-100, 12, 13});
        TokenizedExample second = new TokenizedExample(4_000_000_000L, new int[] {21, 22}, new int[] {21, 22});
        Path file = directory.resolve("shard.arrow");
        ShardSummary summary = write(file, List.of(new Pack(List.of(first, second))), 8);
        try (Shard shard = Shard.open(file)) {
            PackedSequence row = shard.get(0);
            assertThat(row.inputIds()).containsExactly(11, 12, 13, 21, 22, 0, 0, 0);
            assertThat(row.labels()).containsExactly(-100, 12, 13, 21, 22, -100, -100, -100);
            assertThat(row.positionIds()).containsExactly(0, 1, 2, 0, 1, 0, 0, 0);
            assertThat(row.cuSeqlens()).containsExactly(0, 3, 5);
            assertThat(row.exampleIds()).containsExactly(7, 4_000_000_000L);
            // The label of a document's first token takes no loss: nothing precedes it.
            assertThat(row.numLabelTokens()).isEqualTo(3);
        }
        assertThat(summary.rows()).isEqualTo(1);
        assertThat(summary.examples()).isEqualTo(2);
        assertThat(summary.tokens()).isEqualTo(5);
        assertThat(summary.labelTokens()).isEqualTo(3);
        assertThat(summary.bytes()).isEqualTo(Files.size(file));
        assertThat(summary.sha256()).isEqualTo(Sha256.ofFile(file));
    }

    @Test
    void positionsOfItsOwnComeBackBesideCountedOnes() throws IOException {
        TokenizedExample counted = Examples.of(1, 3);
        TokenizedExample pose =
                new TokenizedExample(2, new int[] {5, 6, 7}, new int[] {-100, 6, 7}, new int[] {0, 1, 4090});
        Path file = directory.resolve("shard.arrow");
        write(file, List.of(new Pack(List.of(counted, pose))), 8);
        try (Shard shard = Shard.open(file)) {
            assertThat(shard.get(0).positionIds()).containsExactly(0, 1, 2, 0, 1, 4090, 0, 0);
        }
        assertThatThrownBy(() -> new TokenizedExample(3, new int[2], new int[2], new int[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("example 3 has 2 input ids and 3 position ids");
    }

    @Test
    void theSamePacksGiveTheSameBytes() throws IOException {
        List<Pack> packs = Examples.randomPacks(new Random(5), 40, 257);
        write(directory.resolve("a"), packs, 257);
        // In between, other data passes through the memory that Arrow's allocator hands out again.
        write(directory.resolve("b"), Examples.randomPacks(new Random(6), 50, 512), 512);
        write(directory.resolve("c"), packs, 257);
        assertThat(directory.resolve("c")).hasSameBinaryContentAs(directory.resolve("a"));
    }

    @Test
    void aTokenADocumentIsTheMostThatABatchHolds() throws IOException {
        int maxLength = 2048;
        List<TokenizedExample> ones = Examples.ofLengths(Collections.nCopies(maxLength, 1).stream()
                .mapToInt(Integer::intValue)
                .toArray());
        List<Pack> packs = Collections.nCopies(40, new Pack(ones));
        Path file = directory.resolve("shard.arrow");
        write(file, packs, maxLength);
        try (Shard shard = Shard.open(file)) {
            assertThat(shard.get(39).numDocuments()).isEqualTo(maxLength);
            assertThat(shard.get(0).numDocuments()).isEqualTo(maxLength);
        }
    }

    @Test
    void aPackLongerThanMaxLengthIsRefused() throws IOException {
        try (ShardWriter writer = ShardWriter.open(new ByteArrayOutputStream(), 8)) {
            assertThatThrownBy(() -> writer.write(new Pack(Examples.ofLengths(5, 4))))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("pack has 9 tokens; wanted at most max_length = 8");
        }
    }

    @Test
    void aWriterThatIsGivenUpLeavesNoShard() throws IOException {
        Path file = directory.resolve("shard.arrow");
        try (var out = Files.newOutputStream(file);
                ShardWriter writer = ShardWriter.open(out, 8)) {
            for (Pack pack : Examples.randomPacks(new Random(2), 20, 8)) {
                writer.write(pack);
            }
        }
        assertThatThrownBy(() -> Shard.open(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(file.toString());
    }

    static ShardSummary write(Path file, List<Pack> packs, int maxLength) throws IOException {
        try (var out = Files.newOutputStream(file);
                ShardWriter writer = ShardWriter.open(out, maxLength)) {
            for (Pack pack : packs) {
                writer.write(pack);
            }
            return writer.finish();
        }
    }
}
