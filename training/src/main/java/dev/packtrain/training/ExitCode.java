package dev.packtrain.training;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.collectives.PeerLostException;
import dev.packtrain.training.device.OutOfMemory;
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

    /** Whom a failure is to be blamed on. What asks for more memory than there is would ask for it again. */
    static ExitCode of(Throwable failure) {
        if (failure instanceof BadInputException || OutOfMemory.find(failure).isPresent()) {
            return BAD_INPUT;
        }
        return failure instanceof PeerLostException ? PEER_LOST : INTERNAL;
    }

    /** What a person is told of a failure with this code. */
    String sentence(Throwable failure) {
        return switch (this) {
            case BAD_INPUT ->
                OutOfMemory.find(failure)
                        .map(what -> what + "; " + OutOfMemory.REMEDY)
                        .orElseGet(failure::getMessage);
            case PEER_LOST -> failure.getMessage();
            case OK, INTERNAL -> String.valueOf(failure);
        };
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
