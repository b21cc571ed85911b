package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LockOwnerTest {
    private static final String BOOT_ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

    @Test
    void thisProcessIsOfThisHostAndRuns() {
        LockOwner me = LockOwner.parse(LockOwner.me().toText()).orElseThrow();
        assertThat(me.isOfThisHost()).isTrue();
        assertThat(me.isRunningHere()).isTrue();
        assertThat(me.describe()).startsWith("process " + me.pid() + " on ").doesNotContain("pid:[");
    }

    /** Its process numbers say nothing here: a lock of a job there must not look like one of a job that has died. */
    @Test
    void anotherMachineOfTheSameNameIsAnotherHost() {
        LockOwner me = LockOwner.me();
        String twin = me.host().replaceFirst(BOOT_ID, "00000000-0000-0000-0000-000000000000");
        assertThat(twin).isNotEqualTo(me.host());
        assertThat(new LockOwner("t", twin, me.pid(), me.startedMillis()).isOfThisHost())
                .isFalse();
    }

    @Test
    void whatIsNoOwnerIsNone() {
        assertThat(LockOwner.parse("{\"token\": \"half")).isEmpty();
        assertThat(LockOwner.parse("")).isEmpty();
    }
}
