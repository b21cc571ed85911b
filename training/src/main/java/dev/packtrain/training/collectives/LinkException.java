package dev.packtrain.training.collectives;

/** A transport could not reach a rank; why is for the watch to find out. */
final class LinkException extends RuntimeException {
    LinkException(RuntimeException cause) {
        super(TorchMessage.firstLine(cause), cause);
    }
}
