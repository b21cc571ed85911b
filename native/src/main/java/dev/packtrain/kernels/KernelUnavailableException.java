package dev.packtrain.kernels;

/** The native kernels cannot be used on this machine. The message is one sentence with the reason and the remedy. */
public final class KernelUnavailableException extends RuntimeException {
    /** With the sentence to show. */
    public KernelUnavailableException(String message) {
        super(message);
    }

    /** With the sentence to show and what led to it. */
    public KernelUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
