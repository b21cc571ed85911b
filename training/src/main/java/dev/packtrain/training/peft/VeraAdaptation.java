package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * VeRA (Kopiczko et al. 2023, arXiv 2310.11454): {@code y = W x + b ⊙ B (d ⊙ A x)}, formula 2, with one frozen random pair A
 * and B for all linears, of which each takes the first columns and rows that it needs. d begins as a constant, b as zeros. It is
 * PEFT's, number by number: from the same seed come the same matrices.
 *
 * @param rank R
 * @param dropout probability, in [0, 1)
 * @param dInitial what d begins with
 * @param prngKey seed of A and B
 * @param savesProjection whether A and B are saved too
 * @param targets which linears
 * @param shape of the largest target, once all are known; merging needs it
 */
record VeraAdaptation(
        int rank,
        double dropout,
        double dInitial,
        int prngKey,
        boolean savesProjection,
        TargetModules targets,
        Optional<VeraProjection.Shape> shape)
        implements Adaptation {
    private static final String LAMBDA_B = "vera_lambda_b";
    private static final String LAMBDA_D = "vera_lambda_d";

    @Override
    public String method() {
        return Vera.NAME;
    }

    @Override
    public Linear adapt(String module, Linear base, AdapterTensors tensors) {
        VeraProjection projection =
                tensors.shared(VeraProjection.class, () -> VeraProjection.of(this, base.like(), tensors));
        TensorSplit weight = base.weight().split();
        projection.take(weight.wholeShape()[0], weight.wholeShape()[1]);
        LowRankSplits splits = LowRankSplits.of(base, rank);
        Parameter b = tensors.parameter(
                module + "." + LAMBDA_B,
                base.like(),
                new AdapterTensors.Spec(splits.upVector(), splits.upIsPartial(), 1),
                () -> new TensorFactory(ComputeDevice.CPU)
                        .zeros(ScalarType.Float, splits.upVector().shape()));
        Parameter d = tensors.parameter(
                module + "." + LAMBDA_D, base.like(), LowRankSplits.inner(base, rank), () -> new TensorFactory(
                                ComputeDevice.CPU)
                        .ones(ScalarType.Float, rank)
                        .mul_(new Scalar(dInitial)));
        long firstColumn = splits.down().dim() == 1 ? splits.down().from() : 0;
        return new VeraLinear(base, d, b, projection, splits, Dropout.of(dropout, module, firstColumn, tensors));
    }

    @Override
    public Adaptation on(List<long[]> shapes) {
        VeraProjection.Shape largest = new VeraProjection.Shape(0, 0);
        for (long[] each : shapes) {
            largest = largest.with(each[0], each[1]);
        }
        return new VeraAdaptation(rank, dropout, dInitial, prngKey, savesProjection, targets, Optional.of(largest));
    }

    @Override
    public OptionalLong numTrainedElements(LinearShape part) {
        return OptionalLong.of(rank + part.numOut());
    }

    @Override
    public Optional<String> whyNotMergeable() {
        return Optional.empty();
    }

    @Override
    public Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter) {
        Tensor bO = adapter.apply(LAMBDA_B);
        Tensor dR = adapter.apply(LAMBDA_D);
        if (bO.size(0) != weightOI.size(0)) {
            throw new BadInputException(
                    "the adapter of %s is for %d outputs, but the base's weight has %d; give the base that it was trained on."
                            .formatted(module, bO.size(0), weightOI.size(0)));
        }
        VeraProjection.Shape largest = shape.orElseThrow();
        Tensor[] fresh = savesProjection
                ? new Tensor[] {adapter.apply(VeraProjection.DOWN), adapter.apply(VeraProjection.UP)}
                : VeraProjection.random(prngKey, rank, largest);
        Tensor downRI = fresh[0].narrow(1, 0, weightOI.size(1)).mul(dR.unsqueeze(1));
        Tensor upOR = fresh[1].narrow(0, 0, weightOI.size(0)).mul(bO.unsqueeze(1));
        return weightOI.addmm(upOR, downRI);
    }

    @Override
    public ObjectNode config(List<String> modules, List<String> all) {
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("r", rank);
        config.put("vera_dropout", dropout);
        config.put("d_initial", dInitial);
        config.put("projection_prng_key", prngKey);
        config.put("save_projection", savesProjection);
        config.put("bias", "none");
        config.put("fan_in_fan_out", false);
        config.put("init_weights", true);
        return AdapterConfig.putCommon(config, modules, all);
    }
}
