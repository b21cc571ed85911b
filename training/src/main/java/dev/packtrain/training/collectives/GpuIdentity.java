package dev.packtrain.training.collectives;

import dev.packtrain.packing.BadInputException;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.cuda.cudart.cudaDeviceProp;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;

/** Which GPU a rank uses: two ranks on one would wait for each other inside NCCL for ever. */
final class GpuIdentity {
    private GpuIdentity() {}

    /**
     * Of a GPU of this host, by its own number: the same GPU has different indices in processes that see different ones.
     *
     * @param index as this process counts
     */
    static String of(int index) {
        try (cudaDeviceProp properties = new cudaDeviceProp()) {
            int error = cudart.cudaGetDeviceProperties(properties, index);
            if (error != 0) {
                throw new BadInputException(
                        "GPU %d cannot be asked who it is (CUDA error %d); look whether it is there with nvidia-smi."
                                .formatted(index, error));
            }
            BytePointer uuid = new BytePointer(properties.uuid());
            byte[] bytes = new byte[16];
            uuid.get(bytes);
            return HexFormat.of().formatHex(bytes) + " (" + properties.name().getString(StandardCharsets.US_ASCII)
                    + ")";
        }
    }

    /**
     * Refuses two ranks on one GPU.
     *
     * @param ranks of the world
     * @param gpus theirs, in the same order
     */
    static void requireDistinct(List<Integer> ranks, List<String> gpus) {
        Map<String, Integer> seen = new LinkedHashMap<>();
        for (int r = 0; r < gpus.size(); r++) {
            Integer other = seen.putIfAbsent(gpus.get(r), ranks.get(r));
            if (other != null) {
                throw new BadInputException(
                        "ranks %d and %d would both use the GPU %s, and NCCL needs one for each rank; start as many processes on a host as it has GPUs, and let Spark assign them (spark.task.resource.gpu.amount=1)."
                                .formatted(other, ranks.get(r), gpus.get(r)));
            }
        }
    }
}
