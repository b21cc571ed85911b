package dev.packtrain.pipeline.source;

import dev.packtrain.pipeline.source.RowReader.Row;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/** Groups of rows of an input that can be read only from its start: every raw row is sent to its group. */
public final class ShuffledGroups {
    private ShuffledGroups() {}

    /**
     * One partition a group.
     *
     * @param rows all rows of an input, in any partitions and order
     * @param firstRows number of the first row of every group, rising from 0
     */
    public static JavaRDD<Row> of(JavaRDD<Row> rows, long[] firstRows) {
        return rows.mapToPair(row -> new Tuple2<>(row.location().index(), toBytes(row)))
                .repartitionAndSortWithinPartitions(new ByFirstRow(firstRows.clone()))
                .mapPartitions(ShuffledGroups::fromBytes);
    }

    /**
     * Starts of groups of {@code maxRows} rows each, for rows that are known to be small.
     *
     * @param numRows rows in all, at least 1
     */
    public static long[] firstRows(long numRows, int maxRows) {
        long[] starts = new long[Math.toIntExact((numRows + maxRows - 1) / maxRows)];
        Arrays.setAll(starts, group -> (long) group * maxRows);
        return starts;
    }

    private static Iterator<Row> fromBytes(Iterator<Tuple2<Long, byte[]>> rows) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return rows.hasNext();
            }

            @Override
            public Row next() {
                Tuple2<Long, byte[]> row = rows.next();
                return row(row._1(), row._2());
            }
        };
    }

    private static byte[] toBytes(Row row) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(row.bytes().length + 64);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            byte[] file = row.location().file().getBytes(StandardCharsets.UTF_8);
            out.writeLong(row.location().line());
            out.writeLong(row.length());
            out.writeInt(file.length);
            out.write(file);
            out.write(row.bytes());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    private static Row row(long index, byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            long line = in.readLong();
            long length = in.readLong();
            String file = new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
            return new Row(new RowLocation(index, file, line), in.readAllBytes(), length);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** One partition a group. */
    private static final class ByFirstRow extends Partitioner {
        private final long[] firstRows;

        ByFirstRow(long[] firstRows) {
            this.firstRows = firstRows;
        }

        @Override
        public int numPartitions() {
            return firstRows.length;
        }

        @Override
        public int getPartition(Object rowNumber) {
            int found = Arrays.binarySearch(firstRows, (Long) rowNumber);
            return found >= 0 ? found : -found - 2;
        }
    }
}
