/**
 * Packing without tokens, to measure it: sets of lengths and the carry tree over them.
 *
 * <p>What enters: the name of a set and a method. What leaves: how many packs it took. {@code packtrain bench packing} and the
 * tests of the packers use the same sets.
 */
package dev.packtrain.packing.simulation;
