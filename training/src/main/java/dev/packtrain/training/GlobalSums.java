package dev.packtrain.training;

import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Sums of a few plain numbers over the ranks of a group, by way of a tensor where the collectives want it. */
final class GlobalSums {
    private final Tensor like;

    /**
     * On a device.
     *
     * @param like any tensor on the device that the groups work on
     */
    GlobalSums(Tensor like) {
        this.like = like;
    }

    long[] of(ProcessGroup group, String what, long... values) {
        try (PointerScope scope = new PointerScope()) {
            Tensor sums = torch.tensor(values).to(like.device(), ScalarType.Long);
            group.allReduceSum(sums, what);
            long[] result = new long[values.length];
            sums.cpu().data_ptr_long().get(result);
            return result;
        }
    }

    double[] of(ProcessGroup group, String what, double[] values) {
        try (PointerScope scope = new PointerScope()) {
            Tensor mine = new TensorFactory(ComputeDevice.CPU).zeros(ScalarType.Double, values.length);
            mine.data_ptr_double().put(values);
            Tensor sums = mine.to(like.device(), ScalarType.Double);
            group.allReduceSum(sums, what);
            double[] result = new double[values.length];
            sums.cpu().data_ptr_double().get(result);
            return result;
        }
    }

    double of(ProcessGroup group, String what, double value) {
        try (PointerScope scope = new PointerScope()) {
            TensorOptions fp64 = like.options().dtype(new ScalarTypeOptional(ScalarType.Double));
            Tensor sum = torch.full(new long[] {1}, new Scalar(value), fp64);
            group.allReduceSum(sum, what);
            return sum.item_double();
        }
    }
}
