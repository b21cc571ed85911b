package dev.packtrain.packing;

/**
 * A mistake in what Packtrain was given: data, options, paths. It lives here because every module that meets input
 * uses this one; the command line prints the message alone, without a stack trace, and exits with 2.
 *
 * <p>The message is one sentence that says what is wrong, what was got, what was wanted, where, and the remedy.
 */
public final class BadInputException extends RuntimeException {
    /** With the sentence to show. */
    public BadInputException(String message) {
        super(message);
    }

    /** With the sentence to show and what led to it, which only a debug log shows. */
    public BadInputException(String message, Throwable cause) {
        super(message, cause);
    }
}
