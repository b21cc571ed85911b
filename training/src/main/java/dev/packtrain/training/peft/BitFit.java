package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.LinearSplit;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * BitFit (Ben Zaken et al. 2021, arXiv 2106.10199): biases alone are trained. What is trained and saved is the change Δb of a
 * bias, zero in the beginning, to which weight decay does not apply; so a linear without a bias has one of zeros, and a step is
 * that of training the bias itself. Merging needs a base with biases.
 */
final class BitFit implements PeftMethod {
    private static final String NAME = "bitfit";
    private static final String TARGETS = "bitfit_target_modules";
    private static final String CHANGE = "bias_delta";

    @Override
    public String name() {
        return NAME;
    }

    /** PEFT has no such method. */
    @Override
    public String peftType() {
        return "BITFIT";
    }

    @Override
    public String doc() {
        return "train the biases of the linears and freeze the model (BitFit)";
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(new PeftKey(
                TARGETS,
                PeftKey.Kind.NAMES,
                null,
                "linears whose bias is trained, as lora_target_modules"
                        + " (q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj)"));
    }

    @Override
    public Adaptation configure(PeftSettings settings) {
        return new Biases(TargetModules.of(TARGETS, settings.names(TARGETS).orElse(Lora.DEFAULT_TARGETS)));
    }

    @Override
    public Adaptation read(JsonNode json, List<String> modules, PeftSettings settings) {
        return new Biases(new AdapterConfig(json, modules, settings).targets(TARGETS));
    }

    /** The adaptation. */
    private record Biases(TargetModules targets) implements Adaptation {
        @Override
        public String method() {
            return NAME;
        }

        @Override
        public Linear adapt(String module, Linear base, AdapterTensors tensors) {
            LowRankSplits splits = LowRankSplits.of(base, 1);
            TensorSplit split = splits.upVector();
            // The gradient of a row-parallel linear's output is whole on every rank.
            boolean partial = base.split() != LinearSplit.ROW && splits.upIsPartial();
            Parameter change = tensors.parameter(
                    module + "." + CHANGE,
                    base.like(),
                    new AdapterTensors.Spec(split, partial, 1, false),
                    () -> new TensorFactory(ComputeDevice.CPU).zeros(ScalarType.Float, split.shape()));
            boolean adds =
                    base.split() != LinearSplit.ROW || base.weight().split().from() == 0;
            return new ShiftedLinear(base, change, adds);
        }

        @Override
        public OptionalLong numTrainedElements(LinearShape part) {
            return OptionalLong.of(part.numOut());
        }

        @Override
        public Optional<String> whyNotMergeable() {
            return Optional.empty();
        }

        @Override
        public Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter) {
            return weightOI;
        }

        @Override
        public Tensor mergedBias(String module, Tensor biasO, Function<String, Tensor> adapter) {
            return biasO.add(adapter.apply(CHANGE));
        }

        @Override
        public Optional<String> whyNotMerged(List<String> unread) {
            return unread.stream()
                    .filter(name -> name.endsWith("." + CHANGE))
                    .findFirst()
                    .map(name -> "bitfit trained a bias of %s, and the base has none there; train with %s that have one"
                            .formatted(name.substring(0, name.length() - CHANGE.length() - 1), TARGETS));
        }

        @Override
        public ObjectNode config(List<String> modules, List<String> all) {
            return AdapterConfig.putCommon(new ObjectMapper().createObjectNode(), modules, all);
        }
    }

    /**
     * {@code y = base(x) + Δb}.
     *
     * @param base frozen
     * @param change Δb, {@code [O]}
     * @param adds whether this rank adds it: of the ranks that share a row-parallel linear one does
     */
    private record ShiftedLinear(Linear base, Parameter change, boolean adds) implements DecoratedLinear {
        @Override
        public Tensor apply(Tensor xTI) {
            Tensor yTO = base.apply(xTI);
            return adds ? yTO.add_(change.tensor()) : yTO;
        }

        @Override
        public Tensor backward(Tensor xTI, Tensor gradTO, Optional<Tensor> sumTI) {
            LeafGradient.addRowSum(change.tensor(), gradTO);
            return base.backward(xTI, gradTO, sumTI);
        }

        @Override
        public void addGradients(Tensor xTI, Tensor gradTO) {
            LeafGradient.addRowSum(change.tensor(), gradTO);
            base.addGradients(xTI, gradTO);
        }

        @Override
        public List<Parameter> parameters() {
            return Stream.concat(base.parameters().stream(), Stream.of(change)).toList();
        }
    }
}
