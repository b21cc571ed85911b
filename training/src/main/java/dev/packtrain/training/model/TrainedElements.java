package dev.packtrain.training.model;

import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Tensor;

/** The trained numbers of a model, of which every rank owns some, as an {@link UpdateRule} sees them. */
public interface TrainedElements {
    /**
     * Consecutive elements of one parameter that this rank owns; flat tensors of one length, live.
     *
     * @param parameter it
     * @param from elements of this rank's part of the parameter, flattened in row-major order, before these
     * @param weights fp32 or bf16
     * @param remainders with bf16 weights, the rest of the fp32 master weights, int16: zero with a weight of zero
     * @param gradients before clipping, fp32 or bf16; of no meaning after the update
     * @param first first moments, fp32 or bf16
     * @param second second moments, fp32 or bf16
     * @param statistics fp32
     */
    record Run(
            Parameter parameter,
            long from,
            Tensor weights,
            Optional<Tensor> remainders,
            Tensor gradients,
            Tensor first,
            Tensor second,
            Map<UpdateRule.Statistic, Tensor> statistics) {}

    /**
     * Shows runs of this rank; the tensors are there for the time of the call. No collective.
     *
     * @param of whose
     */
    void forEachRun(Predicate<Parameter> of, Consumer<Run> action);

    /**
     * Adds up over the ranks that share a replica. What several tensor-parallel ranks hold copies of counts as often: the
     * caller divides by {@code split().numCopies()}.
     *
     * @param ofThisRank of one length on all ranks
     * @param what for messages
     */
    double[] sum(double[] ofThisRank, String what);

    /**
     * The numbers of one kind of a whole parameter, put together from what the ranks own of it.
     *
     * @param kind which of the flat tensors of a run
     * @return fp32, in the parameter's whole shape, owned by the current scope
     */
    Tensor whole(Parameter parameter, Function<Run, Tensor> kind);

    /** Weights have been changed in {@link #forEachRun}: sends them to the ranks that keep the weights whole. */
    void weightsChanged();
}
