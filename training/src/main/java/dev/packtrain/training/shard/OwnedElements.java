package dev.packtrain.training.shard;

import dev.packtrain.training.collectives.Pending;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.model.TrainedElements;
import dev.packtrain.training.model.UpdateRule.Statistic;
import dev.packtrain.training.shard.FlatLayout.Bucket;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * What a rank owns of the trained state.
 *
 * @param groups of this rank
 * @param trained of every part
 */
record OwnedElements(MeshGroups groups, List<TrainedTensors> trained) implements TrainedElements {
    @Override
    public void forEachRun(Predicate<Parameter> of, Consumer<Run> action) {
        for (TrainedTensors tensors : trained) {
            for (Bucket bucket : tensors.layout().buckets()) {
                TensorScope.run(() -> runs(tensors, bucket, of, action));
            }
        }
    }

    private void runs(TrainedTensors tensors, Bucket bucket, Predicate<Parameter> of, Consumer<Run> action) {
        for (FlatLayout.Run run : tensors.layout().runs(bucket, groups.shard().rank())) {
            if (!of.test(run.slice().parameter())) {
                continue;
            }
            Map<Statistic, Tensor> statistics = new EnumMap<>(Statistic.class);
            tensors.statistics().forEach((kind, partition) -> statistics.put(kind, part(partition, bucket, run)));
            action.accept(new Run(
                    run.slice().parameter(),
                    run.from(),
                    part(tensors.weights().own(), bucket, run),
                    tensors.remainders().map(partition -> part(partition, bucket, run)),
                    part(tensors.gradients().sums(), bucket, run),
                    part(tensors.first(), bucket, run),
                    part(tensors.second(), bucket, run),
                    statistics));
        }
    }

    private static Tensor part(Partition partition, Bucket bucket, FlatLayout.Run run) {
        return partition.of(bucket).narrow(0, run.at(), run.length());
    }

    @Override
    public double[] sum(double[] ofThisRank, String what) {
        double[] sum = new double[ofThisRank.length];
        TensorScope.run(() -> {
            Tensor any = trained.get(0).layout().slices().get(0).parameter().tensor();
            Tensor all = TensorFactory.like(any).doubles(ofThisRank);
            groups.shard().allReduceSum(all, what);
            groups.tensor().allReduceSum(all, what);
            all.cpu().data_ptr_double().get(sum);
        });
        return sum;
    }

    @Override
    public Tensor whole(Parameter parameter, Function<Run, Tensor> kind) {
        TensorSplit split = parameter.split();
        return TensorScope.one(() -> {
            TensorFactory factory = TensorFactory.like(parameter.tensor());
            Tensor own = factory.zeros(ScalarType.Float, split.shape());
            forEachRun(other -> other.name().equals(parameter.name()), run -> {
                Tensor values = kind.apply(run);
                own.view(-1).narrow(0, run.from(), values.numel()).copy_(values);
            });
            groups.shard().allReduceSum(own, "parts of " + parameter.name());
            if (groups.tensor().size() == 1) {
                return own;
            }
            Tensor whole = factory.zeros(ScalarType.Float, split.wholeShape());
            whole.narrow(split.dim(), split.from(), split.length()).copy_(own);
            groups.tensor().allReduceSum(whole, "parts of " + parameter.name());
            return whole.div_(new Scalar((long) split.numCopies()));
        });
    }

    @Override
    public void weightsChanged() {
        for (TrainedTensors tensors : trained) {
            TensorScope.run(() -> tensors.layout().buckets().stream()
                    .map(bucket -> tensors.weights().startSharing(bucket))
                    .toList()
                    .forEach(Pending::await));
        }
    }
}
