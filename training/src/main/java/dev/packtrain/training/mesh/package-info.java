/**
 * Which process does what: the ranks of a run as a grid, and the process groups along its axes.
 *
 * <p>What enters: the number of processes and the degrees that the recipe asks for. What leaves: coordinates and groups.
 */
package dev.packtrain.training.mesh;
