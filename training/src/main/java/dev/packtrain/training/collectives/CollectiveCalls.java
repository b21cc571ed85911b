package dev.packtrain.training.collectives;

import java.time.Duration;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Work;

/** Numbers the collectives of a group and turns libtorch's errors into ours. */
final class CollectiveCalls {
    private final Duration timeout;
    private long sequence;

    CollectiveCalls(Duration timeout) {
        this.timeout = timeout;
    }

    /** Builds a group; libtorch connects every pair of ranks while it does. */
    <T> T connect(int size, Supplier<T> constructor) {
        try {
            return constructor.get();
        } catch (RuntimeException e) {
            throw new PeerLostException(
                    "the %d ranks did not all meet within %d s: %s.".formatted(size, timeout.toSeconds(), firstLine(e)),
                    e);
        }
    }

    /** Starts a collective and waits until its result is there. */
    void await(String operation, String what, Supplier<Work> start) {
        sequence++;
        // What fails here is our mistake (a wrong dtype or device), not a peer's: libtorch works in the background.
        Work work = start.get();
        try {
            // synchronize() alone returns before the data is there.
            work._wait();
        } catch (RuntimeException e) {
            throw new PeerLostException(
                    "%s %d (%s) failed, because another rank is gone or did not answer within %d s: %s."
                            .formatted(operation, sequence, what, timeout.toSeconds(), firstLine(e)),
                    e);
        }
    }

    private static String firstLine(RuntimeException e) {
        String message = String.valueOf(e.getMessage());
        // "[file:line] reason. more": people want the reason.
        return message.lines()
                .findFirst()
                .orElse("")
                .replaceFirst("^\\[[^\\]]*\\]\\s*", "")
                .replaceFirst("\\.$", "");
    }
}
