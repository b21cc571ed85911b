package dev.packtrain.training.model;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.engine.PartGuard;
import dev.packtrain.training.metrics.StepClock;
import java.util.List;

/**
 * A language model that a training loop can drive without knowing its architecture.
 *
 * <p>Labels are aligned with the input ids and shifted here: position {@code t} predicts {@code labels[t + 1]}, never
 * across a document boundary. Padding does not enter the model. Not thread safe.
 */
public interface CausalLM extends AutoCloseable {
    /** Every trained tensor once (a tied head is the embedding), in a fixed order; frozen ones are in {@link #parts} only. */
    default List<Parameter> parameters() {
        return parts().stream()
                .flatMap(List::stream)
                .filter(Parameter::isTrained)
                .toList();
    }

    /** The same by the parts that {@link #guard} is told of; frozen tensors included. */
    List<List<Parameter>> parts();

    /**
     * Reads the weights of a part, if the model was built without them: to be called before they are looked at.
     *
     * @param part as in {@link #parts}
     */
    default void fillPart(int part) {}

    /** Has every pass from now on announce its parts. */
    void guard(PartGuard guard);

    /**
     * A step of training follows: what is random in a forward pass depends on its number.
     *
     * @param step 0-based, counted over the whole run
     */
    default void beginStep(int step) {}

    /** What is done around every update of the optimizer. */
    default UpdateRule updateRule() {
        return UpdateRule.NONE;
    }

    /**
     * Announces the parts of a forward and backward pass without one: for a rank without a pack in a microbatch in which
     * other ranks have one, since all of them share the weights.
     */
    void skip();

    /**
     * One forward and backward pass. Adds {@code gradScale · d(sum)/dθ} to every parameter's {@code .grad}, in place where
     * it is preset; the caller zeroes it. A pack without label tokens gives {@link LossSum#ZERO} and no gradient, as by
     * {@link #skip}.
     *
     * @param pack one pack
     * @param gradScale usually 1 / (label tokens of the whole global batch)
     * @param clock gets the time of embedding, blocks and loss
     */
    LossSum forwardBackward(PackedSequence pack, double gradScale, StepClock clock);

    /** The same without a clock. */
    default LossSum forwardBackward(PackedSequence pack, double gradScale) {
        return forwardBackward(pack, gradScale, new StepClock());
    }

    /** The announcements of {@link #evaluate}, without computing: for a rank without a pack where other ranks evaluate one. */
    void skipEvaluation();

    /** The same loss without gradients. */
    LossSum evaluate(PackedSequence pack);

    /** Frees the weights. */
    @Override
    void close();
}
