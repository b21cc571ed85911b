package dev.packtrain.pipeline.source;

/** A row cannot be used. Carries the reason up to where the row is put aside; it never ends a run. */
public final class RejectedRowException extends Exception {
    private final transient RejectReason reason;

    /** With the reason and a short clause that says what is wrong with this row. */
    public RejectedRowException(RejectReason reason, String detail) {
        // No stack trace: bad rows may be many, and nobody looks at where they were found to be bad.
        super(detail, null, false, false);
        this.reason = reason;
    }

    /** Why. */
    public RejectReason reason() {
        return reason;
    }
}
