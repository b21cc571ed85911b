package dev.packtrain.training.peft;

import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.LinearSplit;
import dev.packtrain.training.model.Parameter;
import org.bytedeco.pytorch.Tensor;

/** A linear with something around it: what it is made of, and how ranks share it, is as in the one inside. */
interface DecoratedLinear extends Linear {
    /** The one inside. */
    Linear base();

    @Override
    default Parameter weight() {
        return base().weight();
    }

    @Override
    default Tensor like() {
        return base().like();
    }

    @Override
    default Tensor matrix() {
        return base().matrix();
    }

    @Override
    default LinearSplit split() {
        return base().split();
    }
}
