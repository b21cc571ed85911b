package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** (IA)³: see {@link Ia3Linear}. */
final class Ia3 implements PeftMethod {
    private static final String NAME = "ia3";
    private static final String TARGETS = "ia3_target_modules";
    private static final String FEEDFORWARD = "ia3_feedforward_modules";
    private static final String SCALE = "ia3_l";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String peftType() {
        return "IA3";
    }

    @Override
    public String doc() {
        return "train factors of keys, values and feed-forward activations and freeze the model ((IA)³)";
    }

    @Override
    public List<PeftKey> keys() {
        return List.of(
                new PeftKey(
                        TARGETS,
                        PeftKey.Kind.NAMES,
                        null,
                        "linears whose outputs are scaled, as lora_target_modules (k_proj,v_proj,down_proj)"),
                new PeftKey(
                        FEEDFORWARD,
                        PeftKey.Kind.NAMES,
                        null,
                        "those of them whose inputs are scaled instead (down_proj)"));
    }

    @Override
    public Adaptation configure(PeftSettings settings) {
        List<String> targets = settings.names(TARGETS).orElse(List.of("k_proj", "v_proj", "down_proj"));
        List<String> feedForward = settings.names(FEEDFORWARD)
                .orElse(List.of("down_proj").stream()
                        .filter(name -> targets.contains(name) || targets.contains(TargetModules.ALL))
                        .toList());
        return new Scaling(TargetModules.of(TARGETS, targets), TargetModules.of(FEEDFORWARD, feedForward));
    }

    @Override
    public Adaptation read(JsonNode json, List<String> modules, PeftSettings settings) {
        AdapterConfig config = new AdapterConfig(json, modules, settings).refuseCommon();
        List<String> names = new ArrayList<>();
        JsonNode given = json.path("feedforward_modules");
        if (given.isTextual()) {
            names.add(given.asText());
        }
        given.forEach(name -> names.add(name.asText()));
        config.same(FEEDFORWARD, settings.names(FEEDFORWARD), names);
        return new Scaling(config.targets(TARGETS), TargetModules.of(FEEDFORWARD, names));
    }

    /** The adaptation. */
    private record Scaling(TargetModules targets, TargetModules feedForward) implements Adaptation {
        @Override
        public String method() {
            return NAME;
        }

        @Override
        public Linear adapt(String module, Linear base, AdapterTensors tensors) {
            LowRankSplits splits = LowRankSplits.of(base, 1);
            boolean scalesInput = feedForward.matches(module);
            TensorSplit split = scalesInput ? splits.down() : splits.up();
            boolean partial = scalesInput ? splits.downIsPartial() : splits.upIsPartial();
            Parameter scale = tensors.parameter(
                    module + "." + SCALE,
                    base.like(),
                    new AdapterTensors.Spec(split, partial, 1),
                    () -> new TensorFactory(ComputeDevice.CPU).ones(ScalarType.Float, split.shape()));
            return new Ia3Linear(base, scale, scalesInput);
        }

        @Override
        public OptionalLong numTrainedElements(LinearShape part) {
            return OptionalLong.of(feedForward.matches(part.module()) ? part.numIn() : part.numOut());
        }

        @Override
        public Optional<String> whyNotMergeable() {
            return Optional.empty();
        }

        @Override
        public Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter) {
            Tensor scale = adapter.apply(SCALE);
            long wanted = feedForward.matches(module) ? weightOI.size(1) : weightOI.size(0);
            if (scale.numel() != wanted) {
                throw new BadInputException(
                        "the adapter of %s has %d factors, but the base's weight takes %d; give the base that it was trained on."
                                .formatted(module, scale.numel(), wanted));
            }
            return weightOI.mul(scale);
        }

        @Override
        public Tensor mergedBias(String module, Tensor biasO, Function<String, Tensor> adapter) {
            return feedForward.matches(module)
                    ? biasO
                    : biasO.mul(adapter.apply(SCALE).view(-1));
        }

        @Override
        public ObjectNode config(List<String> modules, List<String> all) {
            ObjectNode config = new ObjectMapper().createObjectNode();
            List<String> inputs = modules.stream().filter(feedForward::matches).toList();
            TargetModules.shortest(inputs, all).forEach(config.putArray("feedforward_modules")::add);
            config.put("fan_in_fan_out", false);
            config.put("init_ia3_weights", true);
            return AdapterConfig.putCommon(config, modules, all);
        }
    }
}
