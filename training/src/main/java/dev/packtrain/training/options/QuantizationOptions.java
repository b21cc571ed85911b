package dev.packtrain.training.options;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * How the weights of a frozen base are kept: those of the linears in its blocks. Embeddings, norms, biases and the output
 * head stay in the run's dtype.
 *
 * @param algorithm {@code weight_quantize_algo}
 * @param blockSize {@code qlora_weight_blocksize}: columns of a row that share a scale; with {@link Algorithm#INT8} not looked at, a row
 *     has one
 * @param doubleQuant {@code qlora_weight_double_quant}: scales are quantised too, to 8 bits; only with {@link Algorithm#NF4} and
 *     {@link Algorithm#FP4}
 * @param doubleQuantBlockSize {@code qlora_weight_double_quant_block_size}: scales that share one of their own
 */
public record QuantizationOptions(
        @JsonProperty("weight_quantize_algo") Algorithm algorithm,
        @JsonProperty("qlora_weight_blocksize") int blockSize,
        @JsonProperty("qlora_weight_double_quant") boolean doubleQuant,
        @JsonProperty("qlora_weight_double_quant_block_size") int doubleQuantBlockSize) {
    /** Columns that share a scale, as QLoRA and bitsandbytes have it. */
    public static final int BLOCK_SIZE = 64;

    /** Scales that share one of their own, likewise. */
    public static final int DOUBLE_QUANT_BLOCK_SIZE = 256;

    /** What the bits of a weight mean. */
    public enum Algorithm {
        /** Normal float of 4 bits (QLoRA). */
        @JsonProperty("nf4")
        NF4("nf4"),
        /** Floating point of 4 bits. */
        @JsonProperty("fp4")
        FP4("fp4"),
        /** Whole numbers of 8 bits, a scale a row. */
        @JsonProperty("weight_only_int8")
        INT8("weight_only_int8"),
        /** Whole numbers of 4 bits, a scale a block. */
        @JsonProperty("weight_only_int4")
        INT4("weight_only_int4");

        private final String key;

        Algorithm(String key) {
            this.key = key;
        }

        /** PaddleNLP's name. */
        public String key() {
            return key;
        }
    }

    public QuantizationOptions {
        if (blockSize < 1 || doubleQuantBlockSize < 1) {
            throw new IllegalArgumentException(
                    "blocks of %d weights and %d scales; wanted at least 1".formatted(blockSize, doubleQuantBlockSize));
        }
        if (doubleQuant && algorithm != Algorithm.NF4 && algorithm != Algorithm.FP4) {
            throw new IllegalArgumentException("double quantisation with " + algorithm.key + "; wanted nf4 or fp4");
        }
    }

    /** With the usual blocks. */
    public static QuantizationOptions of(Algorithm algorithm, boolean doubleQuant) {
        return new QuantizationOptions(algorithm, BLOCK_SIZE, doubleQuant, DOUBLE_QUANT_BLOCK_SIZE);
    }
}
