package dev.packtrain.training.device;

import java.util.stream.LongStream;
import org.bytedeco.pytorch.Device;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Makes tensors on one device.
 *
 * @param device where they live
 */
public record TensorFactory(ComputeDevice device) {
    /** On the device of {@code tensor}. */
    public static TensorFactory like(Tensor tensor) {
        Device device = tensor.device();
        return new TensorFactory(
                device.is_cuda() ? new ComputeDevice(ComputeDevice.Kind.CUDA, device.index()) : ComputeDevice.CPU);
    }

    /** int64 {@code [values.length]}. */
    public Tensor ints(int[] values) {
        return longs(java.util.Arrays.stream(values).asLongStream());
    }

    /** int64, one element a value. */
    public Tensor longs(LongStream values) {
        long[] array = values.toArray();
        Tensor host =
                torch.empty(new long[] {array.length}, new TensorOptions(ScalarType.Long), new MemoryFormatOptional());
        if (array.length > 0) { // an empty tensor has no memory
            host.data_ptr_long().put(array);
        }
        return toDevice(host);
    }

    /** float32 {@code [values.length]}. */
    public Tensor floats(float[] values) {
        Tensor host = torch.empty(
                new long[] {values.length}, new TensorOptions(ScalarType.Float), new MemoryFormatOptional());
        host.data_ptr_float().put(values);
        return toDevice(host);
    }

    /** float64 {@code [values.length]}. */
    public Tensor doubles(double[] values) {
        Tensor host = torch.empty(
                new long[] {values.length}, new TensorOptions(ScalarType.Double), new MemoryFormatOptional());
        host.data_ptr_double().put(values);
        return toDevice(host);
    }

    /** Zeros. */
    public Tensor zeros(ScalarType dtype, long... shape) {
        return torch.zeros(shape, options(dtype));
    }

    /** Ones. */
    public Tensor ones(ScalarType dtype, long... shape) {
        return torch.ones(shape, options(dtype));
    }

    /** Uninitialised memory. */
    public Tensor empty(ScalarType dtype, long... shape) {
        return torch.empty(shape, options(dtype), new MemoryFormatOptional());
    }

    /** {@code tensor} itself if it is there already, else a copy. */
    public Tensor toDevice(Tensor tensor) {
        return device.kind() == ComputeDevice.Kind.CPU && tensor.is_cpu()
                ? tensor
                : tensor.to(device.toTorch(), tensor.scalar_type().intern());
    }

    private TensorOptions options(ScalarType dtype) {
        return new TensorOptions(dtype).device(new DeviceOptional(device.toTorch()));
    }
}
