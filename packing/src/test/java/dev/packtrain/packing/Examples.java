package dev.packtrain.packing;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** Examples whose tokens say where they come from, so that a value in a wrong place shows. */
final class Examples {
    private Examples() {}

    /** Token t of example id is {@code 1000 · id + t + 1}; the first third (rounded down) has no label. */
    static TokenizedExample of(long id, int length) {
        int[] inputIds = new int[length];
        int[] labels = new int[length];
        for (int t = 0; t < length; t++) {
            inputIds[t] = (int) (1000 * id + t + 1);
            labels[t] = t < length / 3 ? TokenizedExample.IGNORE_INDEX : inputIds[t];
        }
        return new TokenizedExample(id, inputIds, labels);
    }

    /** Examples 0, 1, … of these lengths. */
    static List<TokenizedExample> ofLengths(int... lengths) {
        List<TokenizedExample> examples = new ArrayList<>();
        for (int length : lengths) {
            examples.add(of(examples.size(), length));
        }
        return examples;
    }

    /** {@code count} examples with lengths from 1 to {@code maxLength}. */
    static List<TokenizedExample> random(RandomGenerator random, int count, int maxLength) {
        return ofLengths(random.ints(count, 1, maxLength + 1).toArray());
    }

    /** Random packs of one to four examples. */
    static List<Pack> randomPacks(RandomGenerator random, int count, int maxLength) {
        List<Pack> packs = new ArrayList<>();
        long id = 0;
        for (int pack = 0; pack < count; pack++) {
            List<TokenizedExample> examples = new ArrayList<>();
            int room = maxLength;
            for (int example = random.nextInt(4); example >= 0 && room > 0; example--) {
                examples.add(of(id++, 1 + random.nextInt(room)));
                room -= examples.get(examples.size() - 1).length();
            }
            packs.add(new Pack(examples));
        }
        return packs;
    }

    /** As bytes, for comparing arrays inside records by content. */
    static List<Object> content(PackedSequence sequence) {
        return List.of(
                ints(sequence.inputIds()),
                ints(sequence.labels()),
                ints(sequence.positionIds()),
                ints(sequence.cuSeqlens()),
                longs(sequence.exampleIds()),
                sequence.preference() == null
                        ? List.of()
                        : List.of(
                                ints(sequence.preference().startRowIndices()),
                                ints(sequence.preference().chosenStarts()),
                                ints(sequence.preference().rejectedStarts())));
    }

    private static ByteBuffer ints(int[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Integer.BYTES);
        bytes.asIntBuffer().put(values);
        return bytes;
    }

    private static ByteBuffer longs(long[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES);
        bytes.asLongBuffer().put(values);
        return bytes;
    }
}
