package dev.packtrain.training.shard;

import dev.packtrain.training.checkpoint.StatePiece;
import dev.packtrain.training.checkpoint.TrainedState;
import dev.packtrain.training.collectives.Pending;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.UpdateRule;
import dev.packtrain.training.optim.AdamW;
import dev.packtrain.training.shard.FlatLayout.Bucket;
import dev.packtrain.training.shard.FlatLayout.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A model's trained state, spread over the ranks as ZeRO does (Rajbhandari et al. 2020, arXiv 1910.02054), or whole in
 * every rank. Takes over the model's parameters: their storage and gradients become views of flat buffers, one of each
 * kind a part.
 *
 * <p>Every rank calls everything here in the same order, and runs the same passes. Used by one thread.
 */
public final class ShardedState implements TrainedState, AutoCloseable {
    private final MeshGroups groups;
    private final AdamW optimizer;
    private final UpdateRule rule;
    private final List<ModelPart> parts;
    private final ReductionQueue queue;
    private final BufferPool pool;
    private final PartPasses passes;

    private ShardedState(
            MeshGroups groups,
            AdamW optimizer,
            UpdateRule rule,
            List<ModelPart> parts,
            ReductionQueue queue,
            BufferPool pool) {
        this.groups = groups;
        this.optimizer = optimizer;
        this.rule = rule;
        this.parts = parts;
        this.queue = queue;
        this.pool = pool;
        this.passes = new PartPasses(parts, queue);
    }

    /**
     * Takes over the parameters of a model, which announces its parts to this from now on. Weights that the model was built
     * without are read one part at a time: beside what this rank keeps, only one part is whole at any time.
     */
    public static ShardedState of(CausalLM model, AdamW optimizer, ShardingPlan plan) {
        ReductionQueue queue = new ReductionQueue();
        PartBuilder builder = new PartBuilder(plan, optimizer.momentDtype(), queue, model);
        ShardedState state =
                new ShardedState(plan.groups(), optimizer, model.updateRule(), builder.build(), queue, builder.pool());
        model.guard(state.passes);
        return state;
    }

    /**
     * The next backward pass.
     *
     * @param number of it within its step, 0-based
     * @param passesInStep how many passes the step has, on every rank
     */
    public void beginPass(int number, int passesInStep) {
        passes.next(new PartGradients.Pass(number == 0, number == passesInStep - 1));
    }

    /** Waits until the gradients of a step are summed over all ranks. */
    public void finishGradients() {
        queue.drain();
    }

    /**
     * Sum of the squares of what this rank owns of the summed gradients. Added up over the shard and the tensor axis, it
     * counts every element of the model once: what several tensor-parallel ranks hold counts as their part of it.
     */
    public double ownSquares() {
        double sum = 0;
        for (TrainedTensors tensors : trained()) {
            for (Bucket bucket : tensors.layout().buckets()) {
                sum += TensorScope.value(() -> squares(tensors, bucket));
            }
        }
        return sum;
    }

    private double squares(TrainedTensors tensors, Bucket bucket) {
        Tensor share = tensors.gradients().sums().of(bucket);
        List<Run> runs = tensors.layout().runs(bucket, groups.shard().rank());
        double sum = 0;
        for (int i = 0; i < runs.size(); ) {
            int copies = copies(runs.get(i));
            long from = runs.get(i).at();
            long length = 0;
            while (i < runs.size() && copies(runs.get(i)) == copies) {
                length += runs.get(i++).length();
            }
            sum += optimizer.squares(share.narrow(0, from, length)) / copies;
        }
        return sum;
    }

    private static int copies(Run run) {
        return run.slice().parameter().split().numCopies();
    }

    /**
     * Updates all weights from the summed gradients, and clears these; the model's {@link UpdateRule} is asked before and
     * after.
     *
     * @param step 1-based, counted over the whole run
     * @param learningRate of this step
     * @param gradNorm global, see {@link AdamW#clipFactor}
     */
    public void update(int step, double learningRate, double gradNorm) {
        OwnedElements elements = new OwnedElements(groups, trained());
        try (NoGradGuard guard = new NoGradGuard()) {
            rule.beforeUpdate(step - 1, elements);
            updateWeights(step, learningRate, optimizer.clipFactor(gradNorm));
            rule.afterUpdate(step - 1, elements);
        }
    }

    private void updateWeights(int step, double learningRate, double scale) {
        List<Pending> sharing = new ArrayList<>();
        BucketUpdate update = new BucketUpdate(optimizer, groups.shard().rank());
        for (TrainedTensors tensors : trained()) {
            for (Bucket bucket : tensors.layout().buckets()) {
                TensorScope.run(() -> {
                    update.run(tensors, bucket, step, learningRate, scale);
                    sharing.add(tensors.weights().startSharing(bucket));
                });
            }
            tensors.gradients().clear();
        }
        sharing.forEach(Pending::await);
    }

    private List<TrainedTensors> trained() {
        return parts.stream().flatMap(part -> part.trained().stream()).toList();
    }

    /** Elements of the whole model, over all ranks. */
    public long numElements() {
        return parameters()
                .mapToLong(parameter -> parameter.split().wholeElements())
                .sum();
    }

    private Stream<Parameter> parameters() {
        return parts.stream().flatMap(ModelPart::parameters);
    }

    /** Memory of this rank. */
    public StateBytes memory() {
        return new StateBytes(
                parts.stream().mapToLong(ModelPart::weightBytes).sum(),
                trained().stream()
                        .mapToLong(tensors -> tensors.gradients().nbytes())
                        .sum(),
                trained().stream().mapToLong(TrainedTensors::stateBytes).sum(),
                pool.nbytes());
    }

    @Override
    public List<StatePiece> pieces() {
        return new StatePieces(groups).of(parts, rule.tensors());
    }

    @Override
    public void restored() {
        trained().forEach(TrainedTensors::trim);
        new OwnedElements(groups, trained()).weightsChanged();
    }

    /** Gives every replica of what the ranks of the first replica hold. */
    public void copyToReplicas() {
        TensorScope.run(() -> {
            for (StatePiece piece : pieces()) {
                // As bytes: collectives know no int16.
                Tensor bytes = piece.values().view(ScalarType.Byte);
                groups.data()
                        .broadcast(bytes, 0, piece.name() + " " + piece.kind().key());
            }
        });
        restored();
    }

    @Override
    public void close() {
        parts.forEach(ModelPart::close);
        pool.close();
    }
}
