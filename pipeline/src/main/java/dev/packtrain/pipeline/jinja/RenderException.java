package dev.packtrain.pipeline.jinja;

/** A template cannot be rendered with these variables: it says so itself ({@code raise_exception}), or it fails. */
public final class RenderException extends RuntimeException {
    private final boolean raisedByTemplate;

    /** With what is wrong. */
    public RenderException(String message) {
        this(message, false);
    }

    RenderException(String message, boolean raisedByTemplate) {
        // No stack trace: rows that a template refuses may be many.
        super(message, null, false, false);
        this.raisedByTemplate = raisedByTemplate;
    }

    /** Whether the message is the template's own, word for word. */
    public boolean isRaisedByTemplate() {
        return raisedByTemplate;
    }
}
