package dev.packtrain.jobs.bench;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.sample.SampleGenerator;
import dev.packtrain.pipeline.tokenizer.HuggingFaceTokenizer;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import dev.packtrain.pipeline.tokenizer.Tokenizers;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Times tokenising on one thread, in processor time: the way that {@code prepare} takes with this tokenizer, and the
 * Hugging Face library on the same texts. The best pass counts; the first ones warm up the JVM.
 */
@Command(
        name = "tokenizer",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Times tokenising with a tokenizer.json, beside the Hugging Face library.")
final class BenchTokenizer implements Callable<Integer> {
    /** Chars of a text file that are tokenised at once, about. */
    private static final int CHUNK = 2_000;

    private static final double MILLION = 1e6;

    @Option(names = "--tokenizer_name_or_path", required = true, paramLabel = "PATH", description = "a tokenizer.json")
    private Path tokenizer;

    @Option(names = "--text", paramLabel = "FILE", description = "UTF-8 text (default: generated rows)")
    private Path text;

    @Option(names = "--rows", defaultValue = "20000", description = "generated rows (default: ${DEFAULT-VALUE})")
    private long rows;

    @Option(names = "--seconds", defaultValue = "5", description = "for each way (default: ${DEFAULT-VALUE})")
    private double seconds;

    @Option(names = "--seed", defaultValue = "42", description = "default: ${DEFAULT-VALUE}")
    private long seed;

    @Option(names = "--json", paramLabel = "FILE", description = "write the figures here too")
    private Path json;

    @Spec
    private CommandSpec spec;

    private record Speed(double seconds, long tokens) {}

    @Override
    public Integer call() throws IOException {
        List<String> texts = text == null ? generated() : chunks(Files.readString(text));
        if (texts.isEmpty()) {
            throw new BadInputException("--text %s is empty; give a file with text, or no --text".formatted(text));
        }
        long bytes = texts.stream()
                .mapToLong(part -> part.getBytes(StandardCharsets.UTF_8).length)
                .sum();
        TokenizerFiles files = TokenizerFiles.read(tokenizer);
        try (Tokenizer chosen = Tokenizers.load(files, null);
                Tokenizer library = HuggingFaceTokenizer.load(files, null)) {
            figures(chosen, library, texts, bytes).report(System.out, json);
        }
        return spec.exitCodeOnSuccess();
    }

    private BenchFigures figures(Tokenizer chosen, Tokenizer library, List<String> texts, long bytes) {
        for (String part : texts) {
            if (!Arrays.equals(chosen.encode(part, false), library.encode(part, false))) {
                throw new IllegalStateException("the two ways give other tokens for: " + part);
            }
        }
        Speed own = speed(chosen, texts);
        Speed peer = speed(library, texts);
        return new BenchFigures()
                .put("tokenizer", chosen.description())
                .put("texts", texts.size())
                .put("bytes", bytes)
                .put("tokens", own.tokens())
                .put("mb_per_second", bytes / own.seconds() / MILLION)
                .put("mtokens_per_second", own.tokens() / own.seconds() / MILLION)
                .put("library_mb_per_second", bytes / peer.seconds() / MILLION)
                .put("library_mtokens_per_second", peer.tokens() / peer.seconds() / MILLION)
                .put("times_the_library", peer.seconds() / own.seconds());
    }

    private List<String> generated() {
        return new SampleGenerator(seed)
                .rows(rows)
                .flatMap(row -> Stream.of(row.src(), row.tgt()))
                .toList();
    }

    /** Pieces that end at a line's end. */
    private static List<String> chunks(String all) {
        List<String> chunks = new ArrayList<>();
        int from = 0;
        while (from < all.length()) {
            int end = all.indexOf('\n', Math.min(all.length(), from + CHUNK)) + 1;
            int to = end == 0 ? all.length() : end;
            chunks.add(all.substring(from, to));
            from = to;
        }
        return chunks;
    }

    /** The best pass over the texts, of two or more. */
    private Speed speed(Tokenizer measured, List<String> texts) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long end = System.nanoTime() + (long) (seconds * 1e9);
        double best = Double.MAX_VALUE;
        long tokens = 0;
        for (int pass = 0; pass < 2 || System.nanoTime() < end; pass++) {
            long start = threads.getCurrentThreadCpuTime();
            tokens = 0;
            for (String part : texts) {
                tokens += measured.encode(part, false).length;
            }
            best = Math.min(best, (threads.getCurrentThreadCpuTime() - start) / 1e9);
        }
        return new Speed(best, tokens);
    }
}
