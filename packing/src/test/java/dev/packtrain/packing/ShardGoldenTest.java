package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * The bytes of a shard of format version 2, which never change. The packs are made here by a formula; the hash is what
 * {@link ShardWriter} gave when version 2 was fixed, and pyarrow read these bytes then (see docs/shard-format.md). If it
 * differs, either the writer broke the format (mend the writer) or the format changes on purpose (raise the version).
 */
class ShardGoldenTest {
    private static final String SHA256 = "faf229f2759533c8556abc1fea79d488c7e8bf9e70c4d24c4cf1c049c142dd49";

    @Test
    void theBytesAreThoseOfVersion2() throws IOException {
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
