package dev.packtrain.training.engine;

import dev.packtrain.training.fused.FusedOps;
import dev.packtrain.training.fused.RotaryTables;

/**
 * What happens at the cuts of one pass.
 *
 * @param ops norms, rotary positions, SwiGLU
 * @param sums over tensor-parallel ranks
 * @param rotary tables of the pass's tokens
 */
record Cuts(FusedOps ops, PartialSums sums, RotaryTables rotary) {}
