package dev.packtrain.training.model;

import dev.packtrain.training.attention.KeyValuePrefix;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;

/**
 * What a method of fine-tuning does where tokens enter a decoder, in part 0: noise on embedded tokens, virtual tokens before
 * every document, keys and values that every document sees. Of one model, which makes one pass at a time. Called with
 * recording off.
 */
public interface InputHook {
    /** Its tensors, in part 0. */
    default List<Parameter> parameters() {
        return List.of();
    }

    /** Tokens without an id before every document of a pack: rows like others, at positions from 0. */
    default int numVirtualTokens() {
        return 0;
    }

    /** Keys and values before every document: they take positions from 0, and no rows. */
    default int numPrefixTokens() {
        return 0;
    }

    /**
     * A pass begins: part 0 is whole now.
     *
     * @param hTE embedded tokens, or this rank's part of them, to be added up; anything in the rows of virtual tokens; to be
     *     changed in place
     * @param adds whether this rank adds what all ranks know: of the ranks that share the embedding one does, the others put
     *     zeros
     */
    default void begin(Tensor hTE, PackInput input, boolean adds) {}

    /** Another token of a sequence that {@link #begin} began with, alone, with a cache of what was before. */
    default void goOn() {}

    /** Keys and values that all tokens of the pass see in a layer. */
    default Optional<KeyValuePrefix> prefix(int layer) {
        return Optional.empty();
    }

    /**
     * Adds the gradients of what is trained here to their {@code .grad}: part 0 is whole, and the blocks are done.
     *
     * @param gradTE of the embedded tokens, whole, on every rank
     */
    default void backward(Tensor gradTE, PackInput input) {}
}
