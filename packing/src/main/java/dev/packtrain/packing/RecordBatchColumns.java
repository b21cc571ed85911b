package dev.packtrain.packing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.function.Function;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;

/** Rows to the columns of one record batch, and back. Arrow is little-endian on every machine. */
final class RecordBatchColumns {
    private RecordBatchColumns() {}

    /** Replaces what the batch holds by these rows. */
    static void fill(VectorSchemaRoot batch, List<PackedSequence> rows) {
        fillSlots((FixedSizeListVector) batch.getVector(ShardFormat.INPUT_IDS), rows, PackedSequence::inputIds);
        fillSlots((FixedSizeListVector) batch.getVector(ShardFormat.LABELS), rows, PackedSequence::labels);
        fillSlots((FixedSizeListVector) batch.getVector(ShardFormat.POSITION_IDS), rows, PackedSequence::positionIds);
        fillList((ListVector) batch.getVector(ShardFormat.CU_SEQLENS), rows, PackedSequence::cuSeqlens);
        fillExampleIds((ListVector) batch.getVector(ShardFormat.EXAMPLE_IDS), rows);
        if (isPreference(batch)) {
            FieldVector startRows = batch.getVector(ShardFormat.START_ROW_INDICES);
            fillSlots((FixedSizeListVector) startRows, rows, row -> row.preference()
                    .startRowIndices());
            FieldVector chosen = batch.getVector(ShardFormat.CHOSEN_STARTS);
            fillList((ListVector) chosen, rows, row -> row.preference().chosenStarts());
            FieldVector rejected = batch.getVector(ShardFormat.REJECTED_STARTS);
            fillList((ListVector) rejected, rows, row -> row.preference().rejectedStarts());
        }
        batch.setRowCount(rows.size());
    }

    private static void fillSlots(
            FixedSizeListVector column, List<PackedSequence> rows, Function<PackedSequence, int[]> values) {
        int maxLength = column.getListSize();
        IntVector items = (IntVector) column.getDataVector();
        column.setInitialCapacity(rows.size());
        allocate(items, rows.size() * maxLength);
        column.reAlloc();
        for (int row = 0; row < rows.size(); row++) {
            column.setNotNull(row);
            slice(items.getDataBuffer(), (long) row * maxLength * Integer.BYTES, maxLength * Integer.BYTES)
                    .asIntBuffer()
                    .put(values.apply(rows.get(row)));
        }
        column.setValueCount(rows.size());
    }

    private static boolean isPreference(VectorSchemaRoot batch) {
        return ShardFormat.kindOf(batch.getSchema()) == ExampleKind.PREFERENCE;
    }

    private static void fillList(ListVector column, List<PackedSequence> rows, Function<PackedSequence, int[]> of) {
        IntVector items = (IntVector) column.getDataVector();
        allocate(items, rows.stream().mapToInt(row -> of.apply(row).length).sum());
        int at = 0;
        for (int row = 0; row < rows.size(); row++) {
            int[] values = of.apply(rows.get(row));
            column.startNewValue(row);
            slice(items.getDataBuffer(), (long) at * Integer.BYTES, values.length * Integer.BYTES)
                    .asIntBuffer()
                    .put(values);
            column.endValue(row, values.length);
            at += values.length;
        }
        column.setValueCount(rows.size());
    }

    private static void fillExampleIds(ListVector column, List<PackedSequence> rows) {
        BigIntVector items = (BigIntVector) column.getDataVector();
        allocate(items, rows.stream().mapToInt(PackedSequence::numDocuments).sum());
        int at = 0;
        for (int row = 0; row < rows.size(); row++) {
            long[] values = rows.get(row).exampleIds();
            column.startNewValue(row);
            slice(items.getDataBuffer(), (long) at * Long.BYTES, values.length * Long.BYTES)
                    .asLongBuffer()
                    .put(values);
            column.endValue(row, values.length);
            at += values.length;
        }
        column.setValueCount(rows.size());
    }

    /** Room for exactly these items, all of them marked as present. */
    private static void allocate(BaseFixedWidthVector items, int numItems) {
        items.allocateNew(numItems);
        long wholeBytes = numItems / Byte.SIZE;
        items.getValidityBuffer().setOne(0, wholeBytes);
        for (long item = wholeBytes * Byte.SIZE; item < numItems; item++) {
            BitVectorHelper.setBit(items.getValidityBuffer(), item);
        }
        items.setValueCount(numItems);
    }

    /** One row of a batch that was loaded. */
    static PackedSequence row(VectorSchemaRoot batch, int row) {
        return new PackedSequence(
                slots((FixedSizeListVector) batch.getVector(ShardFormat.INPUT_IDS), row),
                slots((FixedSizeListVector) batch.getVector(ShardFormat.LABELS), row),
                slots((FixedSizeListVector) batch.getVector(ShardFormat.POSITION_IDS), row),
                list((ListVector) batch.getVector(ShardFormat.CU_SEQLENS), row),
                exampleIds((ListVector) batch.getVector(ShardFormat.EXAMPLE_IDS), row),
                isPreference(batch) ? preference(batch, row) : null);
    }

    private static PreferenceColumns preference(VectorSchemaRoot batch, int row) {
        return new PreferenceColumns(
                slots((FixedSizeListVector) batch.getVector(ShardFormat.START_ROW_INDICES), row),
                list((ListVector) batch.getVector(ShardFormat.CHOSEN_STARTS), row),
                list((ListVector) batch.getVector(ShardFormat.REJECTED_STARTS), row));
    }

    private static int[] slots(FixedSizeListVector column, int row) {
        int maxLength = column.getListSize();
        ArrowBuf buffer = column.getDataVector().getDataBuffer();
        return ints(buffer, (long) row * maxLength, maxLength);
    }

    private static int[] list(ListVector column, int row) {
        int start = column.getElementStartIndex(row);
        return ints(column.getDataVector().getDataBuffer(), start, column.getElementEndIndex(row) - start);
    }

    private static long[] exampleIds(ListVector column, int row) {
        int start = column.getElementStartIndex(row);
        long[] values = new long[column.getElementEndIndex(row) - start];
        slice(column.getDataVector().getDataBuffer(), (long) start * Long.BYTES, values.length * Long.BYTES)
                .asLongBuffer()
                .get(values);
        return values;
    }

    private static int[] ints(ArrowBuf buffer, long first, int length) {
        int[] values = new int[length];
        slice(buffer, first * Integer.BYTES, length * Integer.BYTES)
                .asIntBuffer()
                .get(values);
        return values;
    }

    private static ByteBuffer slice(ArrowBuf buffer, long offset, int length) {
        return buffer.nioBuffer(offset, length).order(ByteOrder.LITTLE_ENDIAN);
    }
}
