package dev.packtrain.training.data;

import dev.packtrain.packing.PackedSequence;

/** Random access to packs. Used by one thread at a time. */
public interface PackSource {
    /** Number of packs. */
    int numPacks();

    /**
     * Reads one pack.
     *
     * @param index 0-based
     */
    PackedSequence get(int index);
}
