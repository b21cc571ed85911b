package dev.packtrain.packing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Version 2 of the shard format: an Arrow IPC file with one pack a row. {@code docs/shard-format.md} describes it for
 * readers in other languages.
 */
final class ShardFormat {
    /** Version that this code writes, and the only one it reads. */
    static final int VERSION = 2;

    /**
     * Rows of every record batch but the last. A reader that jumps to one row loads the batch around it, and both sides
     * hold one batch in memory: 16 rows are 192 bytes a slot (25 MB at a max_length of 131,072), while the roughly 1 kB
     * of Arrow metadata a batch stays below 1 % from a max_length of 1,024 on.
     */
    static final int PACKS_PER_BATCH = 16;

    static final String INPUT_IDS = "input_ids";
    static final String LABELS = "labels";
    static final String POSITION_IDS = "position_ids";
    static final String CU_SEQLENS = "cu_seqlens";
    static final String EXAMPLE_IDS = "example_ids";
    static final String START_ROW_INDICES = "attn_mask_startend_row_indices";
    static final String CHOSEN_STARTS = "chosen_starts";
    static final String REJECTED_STARTS = "rejected_starts";

    static final String VERSION_KEY = "packtrain.format_version";
    static final String MAX_LENGTH_KEY = "packtrain.max_length";

    private static final ArrowType INT32 = new ArrowType.Int(32, true);
    private static final ArrowType INT64 = new ArrowType.Int(64, true);

    private ShardFormat() {}

    /** Schema of a shard; the order of columns and metadata is part of the bytes. */
    static Schema schema(int maxLength, ExampleKind kind) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put(VERSION_KEY, Integer.toString(VERSION));
        metadata.put(MAX_LENGTH_KEY, Integer.toString(maxLength));
        ArrowType slots = new ArrowType.FixedSizeList(maxLength);
        ArrowType list = ArrowType.List.INSTANCE;
        List<Field> columns = new ArrayList<>(List.of(
                column(INPUT_IDS, slots, INT32),
                column(LABELS, slots, INT32),
                column(POSITION_IDS, slots, INT32),
                column(CU_SEQLENS, list, INT32),
                column(EXAMPLE_IDS, list, INT64)));
        if (kind == ExampleKind.PREFERENCE) {
            columns.add(column(START_ROW_INDICES, slots, INT32));
            columns.add(column(CHOSEN_STARTS, list, INT32));
            columns.add(column(REJECTED_STARTS, list, INT32));
        }
        return new Schema(columns, metadata);
    }

    /** What the columns of a schema are for: those of preference examples are more. */
    static ExampleKind kindOf(Schema schema) {
        boolean preference =
                schema.getFields().stream().anyMatch(field -> field.getName().equals(START_ROW_INDICES));
        return preference ? ExampleKind.PREFERENCE : ExampleKind.SEQUENCE;
    }

    private static Field column(String name, ArrowType list, ArrowType item) {
        return new Field(
                name, FieldType.notNullable(list), List.of(new Field("item", FieldType.notNullable(item), null)));
    }

    /**
     * Most bytes of Arrow memory that a reader or a writer of one shard may hold: one batch in which every token is a
     * document (24 bytes a slot, 36 with the columns of preference examples), doubled for buffers rounded up to a power of two, and doubled for the moment at which
     * a new batch stands beside the old one.
     */
    static long memoryLimit(int maxLength) {
        return (1L << 20) + 4L * PACKS_PER_BATCH * 36 * ((long) maxLength + 1);
    }
}
