package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The bytes of a shard of format version 1, which never change. The packs are made here by a formula; the hash is what
 * {@link ShardWriter} gave when version 1 was fixed, and pyarrow read these bytes then (see docs/shard-format.md). If it
 * differs, either the writer broke the format (mend the writer) or the format changes on purpose (raise the version).
 */
class ShardGoldenTest {
    private static final String SHA256 = "7669c01180f61de125c1acaaef6e64c76f0d0b386ceb44f746bfdec7f319beb0";

    @Test
    void theBytesAreThoseOfVersion1() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ShardSummary summary;
        try (ShardWriter writer = ShardWriter.open(bytes, 12)) {
            // 18 packs: a full record batch and one of two rows.
            for (int pack = 0; pack < 18; pack++) {
                writer.write(new Pack(List.of(Examples.of(2L * pack, 1 + pack % 6), Examples.of(2L * pack + 1, 3))));
            }
            summary = writer.finish();
        }
        assertThat(summary).isEqualTo(new ShardSummary(18, 36, 117, 78, 6250, SHA256));
        assertThat(bytes.size()).isEqualTo(summary.bytes());
    }
}
