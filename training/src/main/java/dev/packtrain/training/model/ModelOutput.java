package dev.packtrain.training.model;

import dev.packtrain.training.fused.FusedOps;
import dev.packtrain.training.loss.LabelPositions;
import dev.packtrain.training.loss.LinearCrossEntropy;
import dev.packtrain.training.loss.VocabularyCut;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Where a decoder's tokens become predictions: the last part.
 *
 * @param norm comes first
 * @param ops compute it
 * @param head {@code [V, E]}, or this rank's rows of it
 * @param isTied whether it is the embedding's weight, which is part 0's
 * @param vocabulary how ranks share it; empty if it is whole
 * @param loss of its logits
 */
record ModelOutput(
        RmsNorm norm,
        FusedOps ops,
        Parameter head,
        boolean isTied,
        Optional<VocabularyCut> vocabulary,
        LinearCrossEntropy loss) {
    static ModelOutput of(
            RmsNorm norm, FusedOps ops, Parameter head, boolean isTied, Optional<VocabularyCut> vocabulary) {
        LinearCrossEntropy loss = vocabulary.map(LinearCrossEntropy::shared).orElseGet(LinearCrossEntropy::new);
        return new ModelOutput(norm, ops, head, isTied, vocabulary, loss);
    }

    List<Parameter> parameters() {
        return isTied ? List.of(norm.weight()) : List.of(norm.weight(), head);
    }

    /** Loss and gradient of tokens that were normed already, {@code [T, E]}. */
    LinearCrossEntropy.Result forwardBackward(Tensor normedTE, LabelPositions labels, double gradScale) {
        return loss.forwardBackward(normedTE, head.tensor(), labels, gradScale);
    }

    /** Sum of the losses of {@code [T, E]}. */
    double loss(Tensor hTE, LabelPositions labels) {
        return loss.sum(normed(hTE), head.tensor(), labels);
    }

    /** Logits of {@code [T, E]}: {@code [T, V]} in the model's dtype, on every rank. */
    Tensor logits(Tensor hTE) {
        Tensor logits = torch.linear(normed(hTE), head.tensor());
        return vocabulary.isPresent() ? vocabulary.get().gather(logits) : logits;
    }

    private Tensor normed(Tensor hTE) {
        return ops.norm(hTE, norm.scale()).y();
    }
}
