package dev.packtrain.training.parallel;

import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.engine.PartialSums;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.TensorShare;
import java.util.Optional;

/** What a rank of a tensor group holds of a model, and how it meets the others. */
public final class TensorParallel {
    private TensorParallel() {}

    /**
     * The share of this rank.
     *
     * @param group the tensor group; of one rank: the whole model, and nothing is exchanged
     * @param sequenceParallel whether the residual stream is spread along the sequence too
     * @throws dev.packtrain.packing.BadInputException if the model cannot be spread over so many ranks
     */
    public static TensorShare share(DecoderConfig config, ProcessGroup group, boolean sequenceParallel) {
        if (group.size() == 1) {
            return TensorShare.WHOLE;
        }
        TensorParallelRules.check(config, group.size());
        PartialSums sums = sequenceParallel ? new SequenceSums(group) : new TensorSums(group);
        return new TensorShare(
                new TensorPlacement(config, group.rank(), group.size(), sequenceParallel),
                sums,
                Optional.of(new TensorVocabulary(config.vocabSize(), group)));
    }
}
