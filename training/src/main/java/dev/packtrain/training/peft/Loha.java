package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** LoHa of LyCORIS (Hyeon-Woo et al. 2021, arXiv 2108.06098): see {@link HadamardBranch}. */
final class Loha implements PeftMethod {
    private static final String NAME = "loha";
    private static final String RANK = "loha_rank";
    private static final String ALPHA = "loha_alpha";
    private static final String TARGETS = "loha_target_modules";
    private static final int DEFAULT_RANK = 8;

    private static final String UP1 = "hada_w1_a";
    private static final String DOWN1 = "hada_w1_b";
    private static final String UP2 = "hada_w2_a";
    private static final String DOWN2 = "hada_w2_b";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String peftType() {
        return "LOHA";
    }

    @Override
    public String doc() {
        return "train Hadamard products of low-rank matrices beside the linears and freeze the model (LoHa)";
    }

    @Override
    public List<PeftKey> keys() {
        List<PeftKey> keys = new ArrayList<>(List.of(
                new PeftKey(
                        RANK,
                        PeftKey.Kind.COUNT,
                        DEFAULT_RANK,
                        "rank of both low-rank matrices; their product has a rank of up to its square (8)"),
                new PeftKey(
                        ALPHA,
                        PeftKey.Kind.REAL,
                        PeftSettings.UNSET,
                        "the product is scaled by loha_alpha / loha_rank; unset or -1: by 1 (PEFT: alpha 8)"),
                new PeftKey(
                        TARGETS,
                        PeftKey.Kind.NAMES,
                        null,
                        "linears that get adapters, as lora_target_modules"
                                + " (q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj)")));
        keys.addAll(LycorisDropout.keys(NAME));
        return List.copyOf(keys);
    }

    @Override
    public Adaptation configure(PeftSettings settings) {
        int rank = settings.count(RANK).orElse(DEFAULT_RANK);
        return new Hadamard(
                rank,
                settings.scale(ALPHA, "the adapters do nothing").orElse((double) rank),
                LycorisDropout.of(NAME, settings, MissingNode.getInstance()),
                TargetModules.of(TARGETS, settings.names(TARGETS).orElse(Lora.DEFAULT_TARGETS)));
    }

    @Override
    public Adaptation read(JsonNode json, List<String> modules, PeftSettings settings) {
        AdapterConfig config = new AdapterConfig(json, modules, settings)
                .refuseCommon()
                .refuseOn("use_effective_conv2d", "rank_dropout_scale");
        return new Hadamard(
                config.same(RANK, settings.count(RANK), json.path("r").asInt(DEFAULT_RANK)),
                config.same(
                        ALPHA,
                        settings.scale(ALPHA, "the adapters do nothing"),
                        json.path("alpha").asDouble(DEFAULT_RANK)),
                LycorisDropout.of(NAME, settings, json),
                config.targets(TARGETS));
    }

    /** The adaptation. */
    private record Hadamard(int rank, double alpha, LycorisDropout dropout, TargetModules targets)
            implements Adaptation {
        @Override
        public String method() {
            return NAME;
        }

        /** As PEFT begins: Kaiming-uniform with a = √5, but the last zero. */
        @Override
        public Linear adapt(String module, Linear base, AdapterTensors tensors) {
            LowRankSplits splits = LowRankSplits.of(base, rank);
            AdapterTensors.Spec up = new AdapterTensors.Spec(splits.up(), splits.upIsPartial(), 1);
            AdapterTensors.Spec down = new AdapterTensors.Spec(splits.down(), splits.downIsPartial(), 1);
            Parameter up1 = factor(module + "." + UP1, base, up, tensors);
            Parameter down1 = factor(module + "." + DOWN1, base, down, tensors);
            Parameter up2 = factor(module + "." + UP2, base, up, tensors);
            Parameter down2 = tensors.parameter(
                    module + "." + DOWN2, base.like(), down, () -> new TensorFactory(ComputeDevice.CPU)
                            .zeros(ScalarType.Float, splits.down().shape()));
            HadamardBranch branch = new HadamardBranch(up1, down1, up2, down2, alpha / rank);
            Linear adapted = new BranchLinear(base, branch, Dropout.of(0, module, 0, tensors));
            return dropout.around(adapted, true, module, base, tensors);
        }

        private static Parameter factor(String name, Linear base, AdapterTensors.Spec spec, AdapterTensors tensors) {
            TensorSplit split = spec.split();
            double bound = 1 / Math.sqrt((double) split.wholeShape()[1]);
            return tensors.parameter(
                    name,
                    base.like(),
                    spec,
                    () -> ReproducibleBits.uniform(ReproducibleBits.key(tensors.seed(), name), split, bound));
        }

        @Override
        public OptionalLong numTrainedElements(LinearShape part) {
            return OptionalLong.of(2L * rank * (part.numIn() + part.numOut()));
        }

        @Override
        public Optional<String> whyNotMergeable() {
            return Optional.empty();
        }

        @Override
        public Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter) {
            Tensor up1 = adapter.apply(UP1);
            Tensor down1 = adapter.apply(DOWN1);
            Tensor up2 = adapter.apply(UP2);
            Tensor down2 = adapter.apply(DOWN2);
            LoraAdaptation.requireShapes(module, weightOI, up1, down1);
            LoraAdaptation.requireShapes(module, weightOI, up2, down2);
            return up1.mm(down1)
                    .mul_(up2.mm(down2))
                    .mul_(new Scalar(alpha / rank))
                    .add_(weightOI);
        }

        @Override
        public ObjectNode config(List<String> modules, List<String> all) {
            ObjectNode config = new ObjectMapper().createObjectNode();
            config.put("r", rank);
            AdapterConfig.put(config, "alpha", alpha);
            dropout.put(config);
            config.put("use_effective_conv2d", false);
            config.put("init_weights", true);
            return AdapterConfig.putCommon(config, modules, all);
        }
    }
}
