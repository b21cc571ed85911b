package dev.packtrain.training.collectives;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Messages of different lengths by two all-gathers: first the lengths, then all padded to the longest. */
final class Messages {
    private Messages() {}

    static List<byte[]> exchange(ProcessGroup group, byte[] mine, String what) {
        long[] lengths = lengths(group, mine.length, what);
        int longest = 0;
        for (long length : lengths) {
            longest = Math.max(longest, Math.toIntExact(length));
        }
        if (longest == 0) {
            return lengths.length == 0 ? List.of() : empty(lengths.length);
        }
        Tensor padded = torch.zeros(new long[] {longest}, new TensorOptions(ScalarType.Byte));
        new BytePointer(padded.data_ptr()).put(mine, 0, mine.length);
        Tensor all = empty(ScalarType.Byte, (long) longest * lengths.length);
        group.allGather(padded, all, what);
        List<byte[]> messages = new ArrayList<>(lengths.length);
        BytePointer bytes = new BytePointer(all.data_ptr());
        for (int r = 0; r < lengths.length; r++) {
            byte[] message = new byte[(int) lengths[r]];
            bytes.position((long) r * longest).get(message);
            messages.add(message);
        }
        return messages;
    }

    private static List<byte[]> empty(int count) {
        List<byte[]> messages = new ArrayList<>(count);
        for (int r = 0; r < count; r++) {
            messages.add(new byte[0]);
        }
        return messages;
    }

    private static long[] lengths(ProcessGroup group, int mine, String what) {
        Tensor one = empty(ScalarType.Long, 1);
        new LongPointer(one.data_ptr()).put(mine);
        Tensor all = empty(ScalarType.Long, group.size());
        group.allGather(one, all, "lengths of " + what);
        long[] lengths = new long[group.size()];
        new LongPointer(all.data_ptr()).get(lengths);
        return lengths;
    }

    private static Tensor empty(ScalarType type, long elements) {
        return torch.empty(new long[] {elements}, new TensorOptions(type), new MemoryFormatOptional());
    }
}
