package dev.packtrain.training;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.collectives.PeerLostException;
import dev.packtrain.training.launch.TrainerEvent;

/** How a training process ends. */
enum ExitCode {
    OK(0),
    INTERNAL(1),
    BAD_INPUT(2),
    PEER_LOST(3);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    /** Whom a failure is to be blamed on. */
    static ExitCode of(Throwable failure) {
        if (failure instanceof BadInputException) {
            return BAD_INPUT;
        }
        return failure instanceof PeerLostException ? PEER_LOST : INTERNAL;
    }

    /** The same for the parent. */
    TrainerEvent.Failed.Kind kind() {
        return switch (this) {
            case BAD_INPUT -> TrainerEvent.Failed.Kind.USER;
            case PEER_LOST -> TrainerEvent.Failed.Kind.PEER;
            case OK, INTERNAL -> TrainerEvent.Failed.Kind.INTERNAL;
        };
    }
}
