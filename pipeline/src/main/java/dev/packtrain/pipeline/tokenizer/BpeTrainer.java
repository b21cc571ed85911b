package dev.packtrain.pipeline.tokenizer;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.format.FormatDetector;
import dev.packtrain.pipeline.format.RecordParser;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowInput;
import dev.packtrain.pipeline.source.RowReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import scala.Tuple2;

/**
 * Trains a byte-level BPE tokenizer on the sources and targets of rows. Any text can be encoded with it, and decoding
 * gives the text back. The same rows give the same bytes, however Spark cuts them.
 *
 * <p>Spark counts words; the driver learns the merges from the {@link #MAX_WORDS} most frequent.
 */
public final class BpeTrainer {
    /** The token that ends a text; its id is 0. */
    public static final String END_OF_TEXT = "<|endoftext|>";

    /** {@code <|endoftext|>} and the 256 bytes: what is there before any merge. */
    public static final int MIN_VOCAB_SIZE = 257;

    /** Words that the driver holds at most. */
    static final int MAX_WORDS = 1_000_000;

    /** A pair that occurs only once is a memory of one row. */
    private static final int MIN_COUNT = 2;

    private BpeTrainer() {}

    /**
     * Trains a tokenizer. Rows that cannot be used are passed over; {@code prepare} reports them.
     *
     * @param vocabSize tokens to learn, {@link #MIN_VOCAB_SIZE} at least; fewer if the rows have no more pairs that
     *     occur twice
     * @return its files, ready to be written
     */
    public static TokenizerFiles train(SparkSession session, SourceOptions source, int vocabSize) throws IOException {
        if (vocabSize < MIN_VOCAB_SIZE) {
            throw new BadInputException("vocab_size is %d; give %d (the 256 bytes and %s) or more"
                    .formatted(vocabSize, MIN_VOCAB_SIZE, END_OF_TEXT));
        }
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(session.sparkContext());
        RowInput input = RowInput.open(spark, source, (done, total) -> {});
        SourceOptions options =
                source.withFormat(FormatDetector.detect(spark, source, input).format());
        List<WordCount> words = input.rows(spark)
                .mapPartitionsToPair(rows -> words(rows, options))
                .reduceByKey(Long::sum)
                .map(count -> new WordCount(count._1(), count._2()))
                .takeOrdered(MAX_WORDS);
        if (words.isEmpty()) {
            throw new BadInputException(
                    "none of the %d rows of %s is usable as %s; check dataset_format, src_field and tgt_field, or see what prepare says of the rows"
                            .formatted(
                                    input.numRows(),
                                    options.path(),
                                    options.format().key()));
        }
        return learn(words, vocabSize);
    }

    static TokenizerFiles learn(List<WordCount> words, int vocabSize) {
        ByteAlphabet alphabet = new ByteAlphabet();
        List<String> initial = new ArrayList<>();
        initial.add(END_OF_TEXT);
        for (int b = 0; b < 256; b++) {
            initial.add(String.valueOf(alphabet.of(b)));
        }
        BpeMerges merges = new BpeMerges(initial, alphabet, words);
        merges.learn(vocabSize, MIN_COUNT);
        return new TokenizerFiles(
                "the trained tokenizer",
                BpeTokenizerJson.tokenizer(merges.tokens(), merges.merges(), 0),
                BpeTokenizerJson.config(END_OF_TEXT),
                new byte[0]);
    }

    private static Iterator<Tuple2<String, Long>> words(Iterator<RowReader.Row> rows, SourceOptions options) {
        RecordParser parser = new RecordParser(options);
        Map<String, Long> counts = new HashMap<>();
        while (rows.hasNext()) {
            count(parser, rows.next(), counts);
        }
        return counts.entrySet().stream()
                .map(entry -> new Tuple2<>(entry.getKey(), entry.getValue()))
                .iterator();
    }

    private static void count(RecordParser parser, RowReader.Row row, Map<String, Long> counts) {
        try {
            for (String text : parser.parse(row).texts()) {
                WordSplitter.split(text, word -> counts.merge(word, 1L, Long::sum));
            }
        } catch (RejectedRowException unusable) {
            // A vocabulary needs no row in particular, and prepare puts this one aside with its reason.
            return;
        }
    }
}
