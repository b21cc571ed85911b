package dev.packtrain.training.launch;

/**
 * Where rank 0's store listens; told to every rank once rank 0's socket is open.
 *
 * @param host address
 * @param port port
 */
public record Rendezvous(String host, int port) {}
