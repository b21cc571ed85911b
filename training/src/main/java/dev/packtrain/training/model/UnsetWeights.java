package dev.packtrain.training.model;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Weights that come later, from a checkpoint: until then every one is NaN, so that code which reads it too early shows. */
record UnsetWeights() implements WeightSource {
    @Override
    public Tensor get(String name, TensorSplit split, Role role) {
        return new TensorFactory(ComputeDevice.CPU)
                .empty(ScalarType.Float, split.shape())
                .fill_(new Scalar(Double.NaN));
    }
}
