package dev.packtrain.kernels;

/**
 * What AdamW works on: flat buffers of the same number of elements, by the address of their first one.
 *
 * <p>Parameters are either fp32, or bf16 with the rest of an fp32 number beside them: an fp32 number's bits are
 * {@code (bf16 bits << 16) + remainder}, exactly. The bf16 part is then the fp32 number rounded to nearest, ties away from
 * zero, and ready to compute with: 4 bytes hold the master weight and its rounded copy.
 *
 * @param params fp32, or bf16 if there are remainders
 * @param remainders signed 16-bit numbers; 0 for none
 * @param grads gradients, only read
 * @param gradFormat of the gradients
 * @param expAvg first moment
 * @param expAvgSq second moment
 * @param momentFormat of both moments; bf16 moments are rounded at random, up with the probability of the part cut off
 */
public record AdamWBuffers(
        long params,
        long remainders,
        long grads,
        ElementType gradFormat,
        long expAvg,
        long expAvgSq,
        ElementType momentFormat) {
    /** All in fp32. */
    public static AdamWBuffers fp32(long params, long grads, long expAvg, long expAvgSq) {
        return new AdamWBuffers(params, 0, grads, ElementType.FP32, expAvg, expAvgSq, ElementType.FP32);
    }

    long[] addresses() {
        return new long[] {params, remainders, grads, expAvg, expAvgSq};
    }
}
