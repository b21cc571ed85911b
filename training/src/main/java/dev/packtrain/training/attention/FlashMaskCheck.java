package dev.packtrain.training.attention;

import dev.packtrain.kernels.FlashMask;
import dev.packtrain.kernels.FlashMasks;
import dev.packtrain.training.device.CheckNumbers;
import dev.packtrain.training.device.KernelAgreement;
import dev.packtrain.training.device.TensorFactory;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Shows on the very GPU that FlashMask's kernels for heads of one width compute rightly there, beside the plain formula in fp64: documents
 * of several tiles and of one token, groups of two heads.
 *
 * <p>How far off they may be: probabilities, and the gradients of scores, are rounded to 16 bits before they are multiplied. The terms of such a
 * sum are together at most eight times the largest result; and the sums of rows, ΣdO·O, are taken from a rounded output, whose D terms are about √D
 * times as large as their sum. So (8 + √D) roundings of the largest result, beside the result's own.
 */
final class FlashMaskCheck {
    private static final int[] DOCUMENTS = {0, 130, 131, 250};
    private static final int TOKENS = 250;
    private static final int HEADS = 4;
    private static final int GROUPS = 2;

    private FlashMaskCheck() {}

    /**
     * Runs every kernel of one width.
     *
     * @param kernel of the GPU
     * @param memory makes tensors there
     * @param dtype bf16 or fp16
     * @param headDim one that the kernels take
     * @param agreement is told what came out
     */
    static void run(
            AttentionKernel kernel, TensorFactory memory, ScalarType dtype, int headDim, KernelAgreement agreement) {
        CheckNumbers numbers = new CheckNumbers(memory);
        Tensor q = numbers.normal(dtype, 41, TOKENS, HEADS, headDim);
        Tensor k = numbers.normal(dtype, 42, TOKENS, GROUPS, headDim);
        Tensor v = numbers.normal(dtype, 43, TOKENS, GROUPS, headDim);
        Tensor dO = numbers.normal(dtype, 44, TOKENS, HEADS, headDim);
        double units = (8 + Math.sqrt(headDim)) * KernelAgreement.unitsOfRounding(dtype);
        FlashMask mask = FlashMasks.causalDocument(DOCUMENTS);
        double scale = 1 / Math.sqrt(headDim);
        try (PackAttention ours = kernel.prepare(mask, scale);
                PackAttention plain = new ReferenceAttention().prepare(mask, scale)) {
            Tensor[] there = {numbers.there(q), numbers.there(k), numbers.there(v)};
            Tensor[] exact = {CheckNumbers.exact(q), CheckNumbers.exact(k), CheckNumbers.exact(v)};
            PackAttention.Forward forward = ours.forward(there[0], there[1], there[2]);
            PackAttention.Forward wanted = plain.forward(exact[0], exact[1], exact[2]);
            agreement.near("flash_mask_forward", forward.oTHD(), wanted.oTHD(), 1, units);
            PackAttention.Gradients gradients = ours.backward(numbers.there(dO), there[0], there[1], there[2], forward);
            PackAttention.Gradients expected =
                    plain.backward(CheckNumbers.exact(dO), exact[0], exact[1], exact[2], wanted);
            agreement.near("flash_mask_backward_query", gradients.qTHD(), expected.qTHD(), 1, units);
            agreement.near("flash_mask_backward_key", gradients.kTGD(), expected.kTGD(), 1, units);
            agreement.near("flash_mask_backward_key", gradients.vTGD(), expected.vTGD(), 1, units);
        }
    }
}
