package dev.packtrain.training.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.training.device.Kept;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class CallThreadTest {
    /** Neither is the first call taken for one that has ended well, nor does the second wait for ever. */
    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void anErrorInACallReachesWhoAwaitsIt() {
        try (CallThread thread = new CallThread("calls of a test")) {
            Pending failing = thread.start(new Kept(), () -> {
                throw new OutOfMemoryError("no native memory");
            });
            boolean[] done = {false};
            Pending next = thread.start(new Kept(), () -> done[0] = true);
            assertThatThrownBy(failing::await)
                    .isInstanceOf(OutOfMemoryError.class)
                    .hasMessage("no native memory");
            next.await();
            assertThat(done[0]).isTrue();
        }
    }
}
