package dev.packtrain.pipeline.source;

import dev.packtrain.packing.BadInputException;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;

/**
 * The records of a CSV file as JSON objects, with the names of its header and strings as values; a value that is absent
 * has no field. A record that does not fit the header becomes a JSON list of what is wrong and its beginning, which
 * parsing rejects as {@link RejectReason#MALFORMED_CSV}.
 */
final class CsvRows implements Closeable {
    private final CsvReader records;
    private final List<byte[]> names = new ArrayList<>();
    private final JsonBytes json = new JsonBytes();
    private final String file;
    private final int maxRowBytes;
    private long nextRow;

    private CsvRows(CsvReader records, String file, int maxRowBytes, long firstRow) {
        this.records = records;
        this.file = file;
        this.maxRowBytes = maxRowBytes;
        this.nextRow = firstRow;
    }

    /**
     * Opens a file, which may be compressed.
     *
     * @param firstRow number of its first row
     * @throws BadInputException if it cannot be read, or its header names a column twice
     */
    static CsvRows open(String uri, int maxRowBytes, long firstRow, Configuration conf) throws IOException {
        Path path = new Path(uri);
        String name = InputFiles.display(path);
        CompressionCodec codec = new CompressionCodecFactory(conf).getCodec(path);
        FSDataInputStream file = InputBytes.open(path, conf);
        try {
            InputStream in = codec == null ? file : InputBytes.decompressed(path, codec, file);
            CsvReader records = new CsvReader(in, FileKind.isTabbed(name) ? '\t' : ',', maxRowBytes);
            CsvRows rows = new CsvRows(records, name, maxRowBytes, firstRow);
            rows.readHeader();
            return rows;
        } catch (IOException | RuntimeException failure) {
            file.close();
            throw failure;
        }
    }

    private void readHeader() throws IOException {
        if (!records.read()) {
            return;
        }
        if (records.numValues() > 0) {
            InputBytes.requireUtf8(file, records.bytes(0), records.bytes(0).length);
        }
        if (records.problem() != null || records.length() > maxRowBytes) {
            throw new BadInputException(
                    "the header of %s cannot be read: %s; give a first line with the names of the columns"
                            .formatted(
                                    file,
                                    records.problem() != null
                                            ? records.problem()
                                            : "it has %d bytes and max_row_bytes is %d"
                                                    .formatted(records.length(), maxRowBytes)));
        }
        Set<String> seen = new LinkedHashSet<>();
        for (int i = 0; i < records.numValues(); i++) {
            byte[] name = records.bytes(i);
            if (!seen.add(new String(name, StandardCharsets.UTF_8))) {
                throw new BadInputException(
                        "the header of %s names column %d \"%s\", as one before it; give every column a name of its own"
                                .formatted(file, i + 1, new String(name, StandardCharsets.UTF_8)));
            }
            JsonBytes field = new JsonBytes();
            field.string(name, 0, name.length);
            field.put(':');
            names.add(field.toByteArray());
        }
    }

    /** The next row, or null after the last. */
    RowReader.Row read() throws IOException {
        if (!records.read()) {
            return null;
        }
        RowLocation location = new RowLocation(nextRow++, file, records.firstLine());
        String problem = problem();
        json.clear();
        if (problem == null) {
            putObject();
        } else {
            putProblem(problem);
        }
        boolean tooLong = records.length() > maxRowBytes;
        return new RowReader.Row(location, tooLong ? records.beginning() : json.toByteArray(), records.length());
    }

    private String problem() {
        if (records.problem() != null || records.numValues() == names.size()) {
            return records.problem();
        }
        return "the record has %d values and the header %d names".formatted(records.numValues(), names.size());
    }

    private void putObject() {
        json.put('{');
        for (int i = 0; i < names.size(); i++) {
            if (!records.isAbsent(i)) {
                if (json.size() > 1) {
                    json.put(',');
                }
                json.put(names.get(i));
                records.putTo(json, i);
            }
        }
        json.put('}');
    }

    private void putProblem(String problem) {
        json.put('[');
        json.string(problem);
        json.put(',');
        byte[] beginning = records.beginning();
        json.string(beginning, 0, beginning.length);
        json.put(']');
    }

    @Override
    public void close() throws IOException {
        records.close();
    }
}
