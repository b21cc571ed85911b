package dev.packtrain.training.shard;

import dev.packtrain.training.checkpoint.StatePiece;
import dev.packtrain.training.checkpoint.StatePiece.Kind;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.shard.FlatLayout.Bucket;
import dev.packtrain.training.shard.FlatLayout.Run;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/** What a rank owns of the trained state, by parameter. Frozen tensors are the base model's, and no part of it. */
final class StatePieces {
    private final DeviceMesh.Coordinates at;
    private final List<StatePiece> pieces = new ArrayList<>();

    StatePieces(MeshGroups groups) {
        this.at = groups.coordinates();
    }

    /**
     * Views, owned by the current scope.
     *
     * @param beside frozen tensors that every rank of the shard axis has whole
     */
    List<StatePiece> of(List<ModelPart> parts, List<Parameter> beside) {
        for (ModelPart part : parts) {
            part.trained().ifPresent(this::trained);
        }
        beside.forEach(this::whole);
        return pieces;
    }

    private void whole(Parameter parameter) {
        boolean writes = at.data() == 0 && at.shard() == 0 && isFirstCopy(parameter.split());
        Tensor values = parameter.tensor().view(-1);
        pieces.add(new StatePiece(parameter.name(), Kind.WEIGHT, parameter.split(), 0, values, writes));
    }

    private void trained(TrainedTensors tensors) {
        add(Kind.WEIGHT, tensors.layout(), tensors.weights().own());
        tensors.remainders().ifPresent(partition -> add(Kind.REMAINDER, tensors.layout(), partition));
        add(Kind.EXP_AVG, tensors.layout(), tensors.first());
        add(Kind.EXP_AVG_SQ, tensors.layout(), tensors.second());
        tensors.statistics()
                .forEach((statistic, partition) -> add(Kind.valueOf(statistic.name()), tensors.layout(), partition));
    }

    private void add(Kind kind, FlatLayout layout, Partition partition) {
        for (Bucket bucket : layout.buckets()) {
            Tensor share = partition.of(bucket);
            for (Run run : layout.runs(bucket, at.shard())) {
                Parameter parameter = run.slice().parameter();
                pieces.add(new StatePiece(
                        parameter.name(),
                        kind,
                        parameter.split(),
                        run.from(),
                        share.narrow(0, run.at(), run.length()),
                        at.data() == 0 && isFirstCopy(parameter.split())));
            }
        }
    }

    private boolean isFirstCopy(TensorSplit split) {
        return at.tensor() % split.numCopies() == 0;
    }
}
