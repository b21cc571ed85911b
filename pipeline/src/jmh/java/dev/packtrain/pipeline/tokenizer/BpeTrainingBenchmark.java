package dev.packtrain.pipeline.tokenizer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
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
 * Training a byte-level BPE on a text file, one thread: its lines are cut into words, the words counted, merges learnt from
 * them. {@code docs/benchmarks/peer_bpe.py} does the same with the Hugging Face library.
 *
 * <pre>mvn -q -Pjmh -pl pipeline -am process-test-classes -Djmh.pipeline.args="BpeTraining -p text=text.txt -p vocabSize=8000,30000"</pre>
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 3, time = 3)
@Fork(1)
public class BpeTrainingBenchmark {
    /** A text file in UTF-8. */
    @Param("")
    public String text;

    /** Entries to learn. */
    @Param("8000")
    public int vocabSize;

    private List<String> lines;

    /** Reads the file. */
    @Setup
    public void read() throws IOException {
        lines = Files.readAllLines(Path.of(text));
    }

    /** From lines to the files of a tokenizer. */
    @Benchmark
    public Object train() {
        Map<String, Long> counts = new HashMap<>();
        for (String line : lines) {
            WordSplitter.split(line, word -> counts.merge(word, 1L, Long::sum));
        }
        List<WordCount> words = new ArrayList<>();
        counts.forEach((word, count) -> words.add(new WordCount(word, count)));
        Collections.sort(words);
        return BpeTrainer.learn(words, vocabSize);
    }
}
