package dev.packtrain.pipeline.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.pipeline.DatasetFormat;
import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.format.RecordParser;
import dev.packtrain.pipeline.source.RowLocation;
import dev.packtrain.pipeline.source.RowReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleGeneratorTest {
    private static final int NUM_ROWS = 2000;

    @TempDir
    Path folder;

    private final SampleGenerator generator = new SampleGenerator(7);

    @Test
    void aRowDependsOnSeedAndIndexAlone() {
        assertThat(new SampleGenerator(7).row(1234))
                .isEqualTo(generator.rows(1235).skip(1234).findFirst().orElseThrow());
        assertThat(new SampleGenerator(8).row(1234)).isNotEqualTo(generator.row(1234));
    }

    @Test
    void rowsAreDistinctAndAboutThreeQuartersChinese() {
        List<SampleRow> rows = generator.rows(NUM_ROWS).toList();
        assertThat(rows.stream().distinct().count()).isGreaterThan(NUM_ROWS * 99L / 100);
        long chinese = rows.stream().filter(row -> row.src().startsWith("类型#")).count();
        assertThat((double) chinese / NUM_ROWS).isBetween(0.70, 0.80);
    }

    @Test
    void theAdvertisementSpeaksOfEveryAttribute() {
        generator.rows(200).forEach(row -> {
            String[] attributes = row.src().split("\\*", -1);
            assertThat(attributes.length).isBetween(4, 8);
            for (int i = 1; i < attributes.length; i++) {
                assertThat(row.tgt()).contains(attributes[i].substring(attributes[i].indexOf('#') + 1));
            }
            assertThat(row.tgt()).doesNotContain("{", "}").hasSizeBetween(60, 450);
        });
    }

    @Test
    void theFileIsJsonLinesThatPrepareReads() throws Exception {
        Path file = folder.resolve("train.json");
        generator.writeTo(file, 50);
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(50);
        RecordParser parser = new RecordParser(SourceOptions.of(file.toString()).withFormat(DatasetFormat.SRC_TGT));
        for (int i = 0; i < lines.size(); i++) {
            byte[] bytes = lines.get(i).getBytes(StandardCharsets.UTF_8);
            RowReader.Row row = new RowReader.Row(new RowLocation(i, "f", i + 1), bytes, bytes.length);
            assertThat(parser.parse(row).texts().get(1))
                    .isEqualTo(generator.row(i).tgt());
        }
    }
}
