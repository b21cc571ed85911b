package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class OomKillsTest {
    private final AtomicLong count = new AtomicLong(3);

    @Test
    void oneSinceTheBeginningIsSeenHoweverOftenItIsLookedAt() {
        OomKills kills = new OomKills(() -> OptionalLong.of(count.get()), TimeUnit.HOURS.toNanos(1));
        assertThat(kills.wereThere()).isFalse();
        count.incrementAndGet();
        kills.look();
        assertThat(kills.wereThere()).isTrue();
        assertThat(kills.wereThere()).isTrue();
    }

    @Test
    void oneOfLongAgoIsForgottenAndOneOfTheLastWindowIsNot() {
        OomKills kills = new OomKills(() -> OptionalLong.of(count.get()), -1);
        count.incrementAndGet();
        kills.look();
        assertThat(kills.wereThere()).isTrue();
        kills.look();
        assertThat(kills.wereThere()).isFalse();
    }

    @Test
    void whereTheKernelDoesNotCountThereAreNone() {
        assertThat(new OomKills(OptionalLong::empty, 1).wereThere()).isFalse();
    }

    @Test
    void thisKernelHasNotKilledJustNow() {
        assertThat(new OomKills().wereThere()).isFalse();
    }
}
