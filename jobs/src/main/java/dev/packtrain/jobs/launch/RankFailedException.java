package dev.packtrain.jobs.launch;

/** Thrown in a rank's task; its message is the encoded {@link RankFailure}. */
public final class RankFailedException extends RuntimeException {
    private final transient RankFailure failure;

    /** With what happened. */
    public RankFailedException(RankFailure failure) {
        super(failure.encode());
        this.failure = failure;
    }

    /** What happened; only in the process that threw this. */
    public RankFailure failure() {
        return failure;
    }
}
