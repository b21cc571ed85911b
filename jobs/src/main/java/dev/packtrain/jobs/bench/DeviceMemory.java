package dev.packtrain.jobs.bench;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import org.bytedeco.pytorch.cuda.DeviceStats;
import org.bytedeco.pytorch.global.torch.DeviceType;
import org.bytedeco.pytorch.global.torch_cuda;

/**
 * The most memory that tensors of this process ever had on a GPU, as libtorch's allocator counts it. It has not run on a GPU
 * yet.
 *
 * @param allocatedBytes tensors
 * @param reservedBytes what the allocator held for them
 */
record DeviceMemory(long allocatedBytes, long reservedBytes) {
    static DeviceMemory peak(ComputeDevice gpu) {
        return TensorScope.value(() -> {
            DeviceStats stats = torch_cuda.getDeviceAllocator(DeviceType.CUDA).getDeviceStats((byte) gpu.index());
            return new DeviceMemory(
                    stats.allocated_bytes().peak(), stats.reserved_bytes().peak());
        });
    }

    void putInto(BenchFigures figures) {
        figures.put("peak_gpu_allocated_bytes", allocatedBytes).put("peak_gpu_reserved_bytes", reservedBytes);
    }
}
