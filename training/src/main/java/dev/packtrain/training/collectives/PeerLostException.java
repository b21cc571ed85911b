package dev.packtrain.training.collectives;

/** Another rank vanished, or did not take part in a collective within the deadline. */
public final class PeerLostException extends RuntimeException {
    /** With one sentence that names the collective, and what libtorch said. */
    public PeerLostException(String message, Throwable cause) {
        super(message, cause);
    }
}
