package dev.packtrain.pipeline.stage;

import dev.packtrain.pipeline.EncodeOptions;
import dev.packtrain.pipeline.SourceOptions;
import dev.packtrain.pipeline.encode.ExampleEncoder;
import dev.packtrain.pipeline.source.RecordParser;
import dev.packtrain.pipeline.source.Reject;
import dev.packtrain.pipeline.source.RejectedRowException;
import dev.packtrain.pipeline.source.RowReader;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;
import scala.Tuple2;

/** Checks and tokenises the rows of a slice, one at a time as Spark asks for them. */
final class TokenizeTask implements Iterator<Tuple2<Long, byte[]>> {
    private final RowReader rows;
    private final RecordParser parser;
    private final ExampleEncoder encoder;
    private RowReader.Row next;

    TokenizeTask(RowReader rows, SourceOptions source, EncodeOptions encode, Tokenizer tokenizer) throws IOException {
        this.rows = rows;
        this.parser = new RecordParser(source);
        this.encoder = new ExampleEncoder(tokenizer, encode);
        // Also when the task fails or is killed in the middle of the slice.
        TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> close());
        this.next = rows.read();
    }

    private void close() {
        try {
            rows.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @Override
    public boolean hasNext() {
        return next != null;
    }

    @Override
    public Tuple2<Long, byte[]> next() {
        if (next == null) {
            throw new NoSuchElementException("the slice has no more rows");
        }
        RowReader.Row row = next;
        try {
            next = rows.read();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return new Tuple2<>(row.location().index(), RowResult.toBytes(result(row)));
    }

    private RowResult result(RowReader.Row row) {
        try {
            return new RowResult.Kept(encoder.encode(row.location().index(), parser.parse(row)));
        } catch (RejectedRowException problem) {
            return RowResult.Rejected.of(Reject.of(row.location(), problem, row.bytes()));
        }
    }
}
