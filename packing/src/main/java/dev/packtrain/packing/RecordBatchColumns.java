package dev.packtrain.packing;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.FixedSizeListVector;
import org.apache.arrow.vector.complex.ListVector;

/**
 * Rows to the columns of one record batch, and back. Arrow is little-endian on every machine.
 *
 * <p>The slots of a batch are allocated once and written again for every further batch of as many rows.
 */
final class RecordBatchColumns {
    private final VectorSchemaRoot batch;
    private final PackLayout layout;
    private final boolean preference;
    /** Rows that the slots are allocated for, none at first. */
    private int allocatedRows;

    RecordBatchColumns(VectorSchemaRoot batch, PackLayout layout) {
        this.batch = batch;
        this.layout = layout;
        this.preference = isPreference(batch);
    }

    /** Replaces what the batch holds by these packs, at least one. */
    void fill(List<Pack> packs) {
        int numRows = packs.size();
        if (allocatedRows != numRows) {
            batch.clear();
        }
        fillSlots(ShardFormat.INPUT_IDS, numRows, (row, slots) -> layout.inputIds(packs.get(row), slots));
        fillSlots(ShardFormat.LABELS, numRows, (row, slots) -> layout.labels(packs.get(row), slots));
        fillSlots(ShardFormat.POSITION_IDS, numRows, (row, slots) -> layout.positionIds(packs.get(row), slots));
        int[] numDocuments = new int[numRows];
        int[] numBounds = new int[numRows];
        for (int row = 0; row < numRows; row++) {
            numDocuments[row] = packs.get(row).examples().size();
            numBounds[row] = numDocuments[row] + 1;
        }
        fillList(ShardFormat.CU_SEQLENS, numBounds, (row, items) -> PackLayout.cuSeqlens(packs.get(row), items));
        fillExampleIds(packs, numDocuments);
        if (preference) {
            fillPreference(packs, numDocuments);
        }
        allocatedRows = numRows;
        batch.setRowCount(numRows);
    }

    private void fillPreference(List<Pack> packs, int[] numDocuments) {
        PreferenceColumns[] columns = new PreferenceColumns[packs.size()];
        for (int row = 0; row < columns.length; row++) {
            columns[row] = PreferenceColumns.of(packs.get(row).examples(), layout.maxLength());
        }
        fillSlots(
                ShardFormat.START_ROW_INDICES,
                columns.length,
                (row, slots) -> slots.put(columns[row].startRowIndices()));
        fillList(ShardFormat.CHOSEN_STARTS, numDocuments, (row, items) -> items.put(columns[row].chosenStarts()));
        fillList(ShardFormat.REJECTED_STARTS, numDocuments, (row, items) -> items.put(columns[row].rejectedStarts()));
    }

    /** Writes a row's values of one column. */
    private interface RowValues {
        void write(int row, IntBuffer items);
    }

    private void fillSlots(String name, int numRows, RowValues values) {
        FixedSizeListVector column = (FixedSizeListVector) batch.getVector(name);
        int maxLength = column.getListSize();
        IntVector items = (IntVector) column.getDataVector();
        if (allocatedRows != numRows) {
            column.setInitialCapacity(numRows);
            column.allocateNew();
            markPresent(items, numRows * maxLength);
            for (int row = 0; row < numRows; row++) {
                column.setNotNull(row);
            }
            column.setValueCount(numRows);
        }
        int bytes = maxLength * Integer.BYTES;
        for (int row = 0; row < numRows; row++) {
            values.write(
                    row, slice(items.getDataBuffer(), (long) row * bytes, bytes).asIntBuffer());
        }
    }

    private static boolean isPreference(VectorSchemaRoot batch) {
        return ShardFormat.kindOf(batch.getSchema()) == ExampleKind.PREFERENCE;
    }

    private void fillList(String name, int[] numItems, RowValues values) {
        ListVector column = (ListVector) batch.getVector(name);
        IntVector items = (IntVector) column.getDataVector();
        int total = startList(column, items, numItems);
        IntBuffer buffer =
                slice(items.getDataBuffer(), 0, total * Integer.BYTES).asIntBuffer();
        for (int row = 0; row < numItems.length; row++) {
            values.write(row, buffer);
        }
    }

    private void fillExampleIds(List<Pack> packs, int[] numDocuments) {
        ListVector column = (ListVector) batch.getVector(ShardFormat.EXAMPLE_IDS);
        BigIntVector items = (BigIntVector) column.getDataVector();
        int total = startList(column, items, numDocuments);
        LongBuffer buffer = slice(items.getDataBuffer(), 0, total * Long.BYTES).asLongBuffer();
        for (Pack pack : packs) {
            PackLayout.exampleIds(pack, buffer);
        }
    }

    /** Allocates lists of these lengths, whose items are still to be written; returns how many items there are. */
    private static int startList(ListVector column, BaseFixedWidthVector items, int[] numItems) {
        int total = 0;
        for (int number : numItems) {
            total += number;
        }
        column.clear();
        items.allocateNew(total);
        markPresent(items, total);
        for (int row = 0; row < numItems.length; row++) {
            column.startNewValue(row);
            column.endValue(row, numItems[row]);
        }
        column.setValueCount(numItems.length);
        return total;
    }

    private static void markPresent(BaseFixedWidthVector items, int numItems) {
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
