package dev.packtrain.training.loss;

import dev.packtrain.kernels.ElementType;
import dev.packtrain.training.device.CudaPasses;
import dev.packtrain.training.device.EmulatedGpu;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Run by {@link dev.packtrain.training.device.EmulatedContractsTest}. */
class LogitsMathOnEmulatedGpu extends LogitsMathContractTest {
    private final CudaPasses passes = EmulatedGpu.passes();

    @Override
    LogitsMath math(Tensor like) {
        return new CudaLogitsMath(passes, format(like));
    }

    @Override
    LogitsMath shared(Tensor like, VocabularyCut vocabulary) {
        return new CudaSharedLogitsMath(passes, vocabulary, format(like));
    }

    private static ElementType format(Tensor like) {
        return like.scalar_type().intern() == ScalarType.Float ? ElementType.FP32 : ElementType.BF16;
    }
}
