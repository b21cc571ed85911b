package dev.packtrain.jobs.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.sample.SampleGenerator;
import dev.packtrain.pipeline.sample.SampleRow;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.LongFunction;
import java.util.stream.LongStream;

/** Makes the rows of a benchmark, with all cores and in bounded memory. The same arguments give the same bytes. */
final class BenchRows {
    private static final int ROWS_A_CHUNK = 20_000;
    private static final ObjectMapper JSON = new ObjectMapper();

    private BenchRows() {}

    /** Generated rows. */
    static void generate(Path file, long numRows, long seed) throws IOException {
        SampleGenerator generator = new SampleGenerator(seed);
        write(file, (numRows + ROWS_A_CHUNK - 1) / ROWS_A_CHUNK, chunk -> {
            StringBuilder lines = new StringBuilder();
            long end = Math.min(numRows, (chunk + 1) * ROWS_A_CHUNK);
            for (long row = chunk * ROWS_A_CHUNK; row < end; row++) {
                lines.append(line(generator.row(row))).append('\n');
            }
            return lines.toString().getBytes(StandardCharsets.UTF_8);
        });
    }

    private static String line(SampleRow row) {
        try {
            return JSON.writeValueAsString(
                    JSON.createObjectNode().put("src", row.src()).put("tgt", row.tgt()));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException("strings always have JSON", impossible);
        }
    }

    /** So many copies of the lines of a file, each in an order of its own. */
    static void copies(Path file, Path source, int numCopies, long seed) throws IOException {
        List<String> lines = Files.readAllLines(source);
        if (lines.isEmpty()) {
            throw new BadInputException("--source %s has no lines; give JSON lines".formatted(source));
        }
        write(file, numCopies, copy -> {
            List<String> shuffled = new ArrayList<>(lines);
            Collections.shuffle(shuffled, new Random(seed + copy));
            return (String.join("\n", shuffled) + "\n").getBytes(StandardCharsets.UTF_8);
        });
    }

    private static void write(Path file, long numChunks, LongFunction<byte[]> chunk) throws IOException {
        int together = 2 * Runtime.getRuntime().availableProcessors();
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file))) {
            for (long first = 0; first < numChunks; first += together) {
                LongStream.range(first, Math.min(numChunks, first + together))
                        .parallel()
                        .mapToObj(chunk)
                        .forEachOrdered(bytes -> write(out, bytes));
            }
        } catch (UncheckedIOException failure) {
            throw failure.getCause();
        }
    }

    private static void write(OutputStream out, byte[] bytes) {
        try {
            out.write(bytes);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
