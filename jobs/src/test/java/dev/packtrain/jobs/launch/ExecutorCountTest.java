package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class ExecutorCountTest {
    private static final int LIMIT_SECONDS = 45;

    private int second;

    @Test
    void executorsThatComeOneByOneAreAllCounted() {
        assertThat(count(at -> at < 2 ? 0 : at < 4 ? 1 : 2, 0)).isEqualTo(2);
        assertThat(second).isEqualTo(4 + 3);
    }

    @Test
    void asManyAsWereAskedForEndTheWait() {
        assertThat(count(at -> at < 10 ? 1 : 3, 3)).isEqualTo(3);
        assertThat(second).isEqualTo(10);
    }

    @Test
    void moreThanWereAskedForDoNotCount() {
        assertThat(count(at -> 5, 3)).isEqualTo(3);
    }

    @Test
    void anInterruptEndsTheWait() {
        assertThat(new ExecutorCount(() -> 1, LIMIT_SECONDS, () -> 0, () -> false).await(3))
                .isEqualTo(1);
    }

    @Test
    void theWaitForMissingExecutorsEnds() {
        assertThat(count(at -> 1, 3)).isEqualTo(1);
        assertThat(second).isEqualTo(LIMIT_SECONDS);
    }

    @Test
    void aClusterThatGivesNoneIsNotWaitedForForEver() {
        assertThat(count(at -> 0, 0)).isZero();
        assertThat(second).isEqualTo(LIMIT_SECONDS);
    }

    private int count(IntUnaryOperator registeredAtSecond, int wanted) {
        return new ExecutorCount(
                        () -> registeredAtSecond.applyAsInt(second),
                        LIMIT_SECONDS,
                        () -> TimeUnit.SECONDS.toNanos(second),
                        () -> second++ >= 0)
                .await(wanted);
    }
}
