package dev.packtrain.training.shard;

import dev.packtrain.training.device.ClearedTensor;
import dev.packtrain.training.device.TensorFactory;
import java.nio.file.Path;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Where partitions are kept. */
interface StateMemory {
    /**
     * A partition of zeros, the caller's to close.
     *
     * @param name unlike any other of this rank, such as {@code part-3.exp_avg}
     */
    Partition zeros(String name, FlatLayout layout, ScalarType dtype);

    /** The memory of a device. */
    static StateMemory of(TensorFactory factory) {
        return (name, layout, dtype) ->
                new PartitionMemory(ClearedTensor.zeros(factory, dtype, layout.partitionElements()));
    }

    /**
     * Memory-mapped files in a directory that exists.
     *
     * @param space for them; nothing is made that has no room
     */
    static StateMemory files(Path dir, OffloadSpace space) {
        return (name, layout, dtype) -> {
            space.take(layout.partitionElements() * torch.elementSize(dtype));
            return new PartitionFiles(dir, name, layout, dtype);
        };
    }
}
