package dev.packtrain.training.peft;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.engine.PartGuard;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.UpdateRule;
import java.util.List;

/** A model with something around its training passes: all else, defaults included, is as in the one inside. */
interface DecoratedModel extends CausalLM {
    /** The one inside. */
    CausalLM inner();

    @Override
    default List<List<Parameter>> parts() {
        return inner().parts();
    }

    @Override
    default void fillPart(int part) {
        inner().fillPart(part);
    }

    @Override
    default void guard(PartGuard guard) {
        inner().guard(guard);
    }

    @Override
    default void beginStep(int step) {
        inner().beginStep(step);
    }

    @Override
    default UpdateRule updateRule() {
        return inner().updateRule();
    }

    @Override
    default void skip() {
        inner().skip();
    }

    @Override
    default void skipEvaluation() {
        inner().skipEvaluation();
    }

    @Override
    default LossSum evaluate(PackedSequence pack) {
        return inner().evaluate(pack);
    }

    @Override
    default void close() {
        inner().close();
    }
}
