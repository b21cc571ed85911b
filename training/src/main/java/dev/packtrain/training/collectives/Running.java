package dev.packtrain.training.collectives;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/** A call that runs. Transports ask it now and then whether it still has a chance. */
final class Running {
    private final CollectiveCall call;
    private final AtomicReference<String> failure = new AtomicReference<>();
    private long ageMillis;

    Running(CollectiveCall call) {
        this.call = call;
    }

    CollectiveCall call() {
        return call;
    }

    /** The first sentence stays. */
    void fail(String sentence) {
        failure.compareAndSet(null, sentence);
    }

    Optional<String> failure() {
        return Optional.ofNullable(failure.get());
    }

    /** Throws what the watch has found. */
    void check() {
        String sentence = failure.get();
        if (sentence != null) {
            throw new PeerLostException(sentence, null);
        }
    }

    /** For the watch alone: adds what has passed since it last looked. */
    long grow(long millis) {
        ageMillis += millis;
        return ageMillis;
    }
}
