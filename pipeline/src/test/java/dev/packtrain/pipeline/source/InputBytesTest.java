package dev.packtrain.pipeline.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.io.compress.BZip2Codec;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.DefaultCodec;
import org.apache.hadoop.io.compress.GzipCodec;
import org.apache.hadoop.util.ReflectionUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InputBytesTest {
    private static final Configuration CONF = new Configuration();
    private static final byte[] ROWS = rows();

    @TempDir
    Path folder;

    /** Lines that do not compress to nothing. */
    private static byte[] rows() {
        SplittableRandom random = new SplittableRandom(1);
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 2000; i++) {
            rows.append("{\"src\": \"").append(random.nextLong()).append("\", \"tgt\": \"b\"}\n");
        }
        return rows.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] compressed(Class<? extends CompressionCodec> type) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = ReflectionUtils.newInstance(type, CONF).createOutputStream(bytes)) {
            out.write(ROWS);
        }
        return bytes.toByteArray();
    }

    private SliceCounts count(String name, byte[] bytes) throws IOException {
        Path file = Files.write(folder.resolve(name), bytes);
        return SliceCounts.of(
                new FileSlice(file.toUri().toString(), file.toString(), 0, Long.MAX_VALUE, List.of()),
                1 << 20,
                1 << 20,
                CONF);
    }

    private void assertDamaged(String name, byte[] bytes) {
        assertThatThrownBy(() -> count(name, bytes), "%s of %d bytes", name, bytes.length)
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(folder.resolve(name) + " cannot be decompressed (");
    }

    /** As PowerShell writes what is redirected, and Excel what is saved as Unicode text. */
    @Test
    void utf16IsSaidToBeUtf16() throws IOException {
        for (Charset charset : List.of(StandardCharsets.UTF_16LE, StandardCharsets.UTF_16BE)) {
            byte[] rows = "\uFEFF{\"src\": \"a\", \"tgt\": \"b\"}\n".getBytes(charset);
            String told = " is UTF-16, wanted UTF-8; convert it, for example with iconv -f UTF-16 -t UTF-8";
            assertThatThrownBy(() -> count("a.jsonl", rows))
                    .isInstanceOf(BadInputException.class)
                    .hasMessage(folder.resolve("a.jsonl") + told);
            Path table = Files.write(folder.resolve("a.tsv"), "\uFEFFsrc\ttgt\na\tb\n".getBytes(charset));
            assertThatThrownBy(() -> CsvRows.open(table.toUri().toString(), 1 << 20, 0, CONF))
                    .isInstanceOf(BadInputException.class)
                    .hasMessage(table + told);
        }
    }

    @Test
    void aCompressedFileThatIsCutOffOrDamagedIsNamed() throws IOException {
        for (Class<? extends CompressionCodec> type : List.of(GzipCodec.class, BZip2Codec.class, DefaultCodec.class)) {
            String name = "rows.jsonl" + ReflectionUtils.newInstance(type, CONF).getDefaultExtension();
            byte[] whole = compressed(type);
            assertThat(count(name, whole).rows()).isEqualTo(2000);
            assertDamaged(name, Arrays.copyOf(whole, whole.length / 2));
            assertDamaged(name, Arrays.copyOf(whole, whole.length - 16));
            byte[] flipped = whole.clone();
            flipped[whole.length / 2] ^= 0x55;
            assertDamaged(name, flipped);
            assertDamaged(name, ROWS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rows.jsonl.lz4", "rows.jsonl.snappy"})
    void aCodecThatTakesAPartForTheWholeIsRefused(String name) {
        assertThatThrownBy(() -> count(name, ROWS))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(folder.resolve(name) + " is compressed as .")
                .hasMessageContaining("compress it with gzip or bzip2");
    }

    @Test
    void aCodecWhoseLibraryIsMissingIsASentence() {
        assertThatThrownBy(() -> count("rows.jsonl.zst", ROWS))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("rows.jsonl.zst cannot be decompressed (");
    }

    @Test
    void aNameMayHaveAColon() throws IOException {
        assertThat(count("2026-11-22T05:00:00.jsonl", ROWS).rows()).isEqualTo(2000);
    }

    @Test
    void aFileThatIsGoneIsNamed() {
        Path file = folder.resolve("gone.jsonl");
        assertThatThrownBy(() -> {
                    try (FSDataInputStream in = InputBytes.open(new org.apache.hadoop.fs.Path(file.toUri()), CONF)) {
                        in.read();
                    }
                })
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file + " cannot be read where its task runs (")
                .hasMessageEndingWith("give a path that every executor can read");
    }
}
