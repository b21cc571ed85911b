package dev.packtrain.pipeline.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingRegistry;
import com.knuddels.jtokkit.api.GptBytePairEncodingParams;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One pass over a text file on one thread: Packtrain's way, the Hugging Face library, and jtokkit with the file's own
 * ranks and pattern. The set-up prints the file's bytes: divide them by the time of an operation.
 *
 * <pre>mvn -q -Pjmh -pl pipeline -am process-test-classes -Djmh.pipeline.args="TokenizerBenchmark -p tokenizer=tokenizer.json -p text=text.txt"</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
@Fork(1)
public class TokenizerBenchmark {
    private static final int CHUNK = 2_000;

    /** A {@code tokenizer.json}. */
    @Param("")
    public String tokenizer;

    /** A text file in UTF-8. */
    @Param("")
    public String text;

    private final List<String> texts = new ArrayList<>();
    private Tokenizer own;
    private Tokenizer library;
    private Encoding jtokkit;

    /** Loads all three, and the text in pieces of about 2,000 chars. */
    @Setup
    public void load() throws IOException {
        String all = Files.readString(Path.of(text));
        for (int from = 0; from < all.length(); ) {
            int end = all.indexOf('\n', Math.min(all.length(), from + CHUNK)) + 1;
            int to = end == 0 ? all.length() : end;
            texts.add(all.substring(from, to));
            from = to;
        }
        TokenizerFiles files = TokenizerFiles.read(Path.of(tokenizer));
        own = Tokenizers.load(files, null);
        library = HuggingFaceTokenizer.load(files, null);
        jtokkit = jtokkit(new ObjectMapper().readTree(files.tokenizerJson()));
        System.out.printf("%s; %d bytes in %d texts%n", own.description(), Files.size(Path.of(text)), texts.size());
    }

    private static Encoding jtokkit(JsonNode root) {
        ByteAlphabet alphabet = new ByteAlphabet();
        Map<byte[], Integer> ranks = new HashMap<>();
        root.path("model").path("vocab").properties().forEach(token -> {
            byte[] bytes = alphabet.bytes(token.getKey());
            if (bytes != null) {
                ranks.put(bytes, token.getValue().asInt());
            }
        });
        String regex = root.path("pre_tokenizer")
                .path("pretokenizers")
                .path(0)
                .path("pattern")
                .path("Regex")
                .asText(SplitPattern.GPT2.regex());
        EncodingRegistry registry = Encodings.newLazyEncodingRegistry();
        registry.registerGptBytePairEncoding(new GptBytePairEncodingParams(
                "file", Pattern.compile(regex, Pattern.UNICODE_CHARACTER_CLASS), ranks, Map.of()));
        return registry.getEncoding("file").orElseThrow();
    }

    /** What {@code prepare} does. */
    @Benchmark
    public long own() {
        return texts.stream().mapToLong(part -> own.encode(part, false).length).sum();
    }

    /** Through JNI. */
    @Benchmark
    public long huggingFaceLibrary() {
        return texts.stream().mapToLong(part -> library.encode(part, false).length).sum();
    }

    /** Without normalisation and added tokens. */
    @Benchmark
    public long jtokkit() {
        return texts.stream().mapToLong(part -> jtokkit.encodeOrdinary(part).size()).sum();
    }
}
