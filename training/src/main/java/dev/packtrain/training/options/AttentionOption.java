package dev.packtrain.training.options;

/** What a recipe asks of attention, by {@code use_flash_attention} and {@code flash_mask}. */
public enum AttentionOption {
    /** Neither key asks for anything: the fastest kernel for the device and the dtype. */
    AUTO,
    /** One of them is true: tiles under a FlashMask, never all scores at once; where that kernel is missing, an error. */
    FLASH,
    /** {@code use_flash_attention} is false: attention as it is written down, with all scores at once. */
    PLAIN
}
