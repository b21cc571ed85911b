package dev.packtrain.training.model;

import dev.packtrain.training.engine.PartialSums;
import dev.packtrain.training.loss.VocabularyCut;
import java.util.Optional;

/**
 * A rank's share of a model that is spread over tensor-parallel ranks: what it holds, and how results of all ranks come
 * together.
 *
 * @param placement which part of every tensor this rank holds
 * @param sums at the cuts between blocks' halves
 * @param vocabulary at the head; empty if this rank holds the whole head
 */
public record TensorShare(Placement placement, PartialSums sums, Optional<VocabularyCut> vocabulary) {
    /** One process holds all. */
    public static final TensorShare WHOLE = new TensorShare(Placement.WHOLE, PartialSums.WHOLE, Optional.empty());
}
