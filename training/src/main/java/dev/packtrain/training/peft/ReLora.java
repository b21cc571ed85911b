package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import java.util.List;

/** ReLoRA: see {@link ReLoraAdaptation}. Keys as in axolotl. */
final class ReLora implements LoraVariant {
    private static final String NAME = "relora";
    private static final String STEPS = "relora_steps";
    private static final String WARMUP = "relora_warmup_steps";
    private static final String PRUNE = "relora_prune_ratio";
    private static final int DEFAULT_WARMUP = 10;
    private static final double DEFAULT_PRUNE = 0.99;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(
                new PeftKey(
                        NAME, PeftKey.Kind.FLAG, false, "ReLoRA: keep what was learnt and begin a new adapter (false)"),
                new PeftKey(STEPS, PeftKey.Kind.COUNT, null, "ReLoRA: steps from restart to restart (needed)"),
                new PeftKey(
                        WARMUP,
                        PeftKey.Kind.WHOLE,
                        null,
                        "ReLoRA: steps of warm-up after every restart (" + DEFAULT_WARMUP + ")"),
                new PeftKey(
                        PRUNE,
                        PeftKey.Kind.SHARE,
                        null,
                        "ReLoRA: share of AdamW's moments, the smallest, that a restart sets to zero (" + DEFAULT_PRUNE
                                + ")"));
    }

    @Override
    public Adaptation of(LoraAdaptation lora, PeftSettings settings) {
        int steps = settings.count(STEPS)
                .orElseThrow(() -> new BadInputException(
                        "relora is true but relora_steps is not set; give the steps from restart to restart."));
        return new ReLoraAdaptation(
                lora,
                steps,
                Math.max(0, settings.count(WARMUP).orElse(DEFAULT_WARMUP)),
                settings.real(PRUNE).orElse(DEFAULT_PRUNE));
    }
}
