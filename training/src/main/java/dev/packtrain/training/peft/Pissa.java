package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import java.util.List;

/** PiSSA: see {@link PissaAdaptation}. */
final class Pissa implements LoraVariant {
    static final String NAME = "pissa";

    private static final String FULL = "pissa_full_svd";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(
                new PeftKey(
                        NAME,
                        PeftKey.Kind.FLAG,
                        false,
                        "with lora: PiSSA, adapters begin as the largest singular values and vectors of the weights (false)"),
                new PeftKey(
                        FULL,
                        PeftKey.Kind.FLAG,
                        false,
                        "PiSSA by a full singular value decomposition, exact but slow, instead of a randomised one (false)"));
    }

    /** s is 1, as in the paper. */
    @Override
    public double defaultAlpha(int rank, boolean stabilised) {
        return stabilised ? Math.sqrt((double) rank) : rank;
    }

    @Override
    public Adaptation of(LoraAdaptation lora, PeftSettings settings) {
        return new PissaAdaptation(lora, settings.flag(FULL).orElse(false));
    }

    /** Why a base cannot be decomposed. */
    static BadInputException quantised(String module) {
        return new BadInputException(
                "pissa is true, but the weight of %s is kept in few bits, of which no part can be taken away; leave pissa or weight_quantize_algo out."
                        .formatted(module));
    }
}
