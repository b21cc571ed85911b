package dev.packtrain.training.launch;

/**
 * Prepared data that a run is evaluated on.
 *
 * @param dir local path
 * @param version of it
 */
public record HeldOutData(String dir, int version) {}
