package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.engine.Segment;
import org.bytedeco.pytorch.Tensor;

/**
 * Robust AdapterDrop (Rücklé et al. 2020, arXiv 2010.11918, section 2): every step of training goes without the adapters of the
 * first n of L blocks, n drawn evenly from 0 to L − 1 (the paper has 0 to 11 for 12 blocks). What is drawn depends on seed and
 * step alone, so it is the same on every rank, in every pass of the step and in every rerun. Outside of training nothing is
 * dropped. The gradients of dropped adapters are zero.
 */
final class DroppedBlocks {
    private final TrainingPass pass;
    private int numBlocks;

    DroppedBlocks(TrainingPass pass) {
        this.pass = pass;
    }

    /** L, once it is known. */
    void of(int newNumBlocks) {
        numBlocks = newNumBlocks;
    }

    /** n of the pass at hand. */
    int first() {
        return pass.draw("adapter_drop", numBlocks).orElse(0);
    }

    /** An adapter of a block, from 0, that is dropped with it. */
    Segment around(BottleneckAdapter adapter, int block) {
        return new Droppable(adapter, block, this);
    }

    private record Droppable(BottleneckAdapter adapter, int block, DroppedBlocks dropped) implements Segment {
        private boolean isDropped() {
            return block < dropped.first();
        }

        @Override
        public Tensor[] apply(Tensor xTE) {
            return isDropped() ? new Tensor[] {xTE.clone()} : adapter.apply(xTE);
        }

        @Override
        public Tensor backward(Tensor xTE, Tensor... gradients) {
            if (!isDropped()) {
                return adapter.backward(xTE, gradients);
            }
            adapter.parameters().forEach(parameter -> LeafGradient.of(parameter.tensor()));
            return gradients[0].clone();
        }
    }
}
