package dev.packtrain.jobs.doctor;

import java.util.Objects;

/**
 * What a check found.
 *
 * @param status whether that is all right
 * @param text what was found, one line
 * @param change what to change, a line to paste where there is one; empty if the status is {@link Status#OK}
 */
record Finding(Status status, String text, String change) {
    /** How bad it is. */
    enum Status {
        /** All right. */
        OK("ok"),
        /** Works, but not as it should. */
        WARN("warn"),
        /** Does not work. */
        FAIL("FAIL");

        private final String word;

        Status(String word) {
            this.word = word;
        }

        String word() {
            return word;
        }
    }

    Finding {
        Objects.requireNonNull(status, "status");
        if ((status == Status.OK) != change.isEmpty()) {
            throw new IllegalArgumentException(
                    "a finding says what to change exactly if it is not ok, got %s and \"%s\""
                            .formatted(status, change));
        }
    }

    static Finding ok(String text) {
        return new Finding(Status.OK, text, "");
    }

    static Finding warn(String text, String change) {
        return new Finding(Status.WARN, text, change);
    }

    static Finding fail(String text, String change) {
        return new Finding(Status.FAIL, text, change);
    }
}
