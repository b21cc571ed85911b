package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.LinearSplit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** LoKr of LyCORIS (Yeh et al. 2023, arXiv 2309.14859): see {@link KroneckerBranch}. */
final class Lokr implements PeftMethod {
    private static final String NAME = "lokr";
    private static final String RANK = "lokr_dim";
    private static final String ALPHA = "lokr_alpha";
    private static final String FACTOR = "lokr_decompose_factor";
    private static final String BOTH = "lokr_decompose_both";
    private static final String TARGETS = "lokr_target_modules";
    private static final int DEFAULT_RANK = 8;
    private static final int NEAR_SQUARE = -1;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public String peftType() {
        return "LOKR";
    }

    @Override
    public String doc() {
        return "train Kronecker products of small matrices beside the linears and freeze the model (LoKr)";
    }

    @Override
    public List<PeftKey> keys() {
        List<PeftKey> keys = new ArrayList<>(List.of(
                new PeftKey(
                        RANK, PeftKey.Kind.COUNT, DEFAULT_RANK, "rank of the second factor where it is a product (8)"),
                new PeftKey(
                        ALPHA,
                        PeftKey.Kind.REAL,
                        PeftSettings.UNSET,
                        "the product is scaled by lokr_alpha / lokr_dim; unset or -1: by 1 (PEFT: alpha 8)"),
                new PeftKey(
                        FACTOR,
                        PeftKey.Kind.WHOLE,
                        NEAR_SQUARE,
                        "size of the first factor in both dims, where it divides them; -1: as near to the root as can be (-1)"),
                new PeftKey(
                        BOTH, PeftKey.Kind.FLAG, false, "make the first factor a product of rank lokr_dim too (false)"),
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
        int factor = settings.count(FACTOR).orElse(NEAR_SQUARE);
        if (factor == 0) {
            throw new BadInputException("lokr_decompose_factor is 0; wanted -1 or at least 1.");
        }
        return new Kronecker(
                rank,
                settings.scale(ALPHA, "the adapters do nothing").orElse((double) rank),
                factor,
                settings.flag(BOTH).orElse(false),
                LycorisDropout.of(NAME, settings, MissingNode.getInstance()),
                TargetModules.of(TARGETS, settings.names(TARGETS).orElse(Lora.DEFAULT_TARGETS)));
    }

    @Override
    public Adaptation read(JsonNode json, List<String> modules, PeftSettings settings) {
        AdapterConfig config = new AdapterConfig(json, modules, settings)
                .refuseCommon()
                .refuseOn("use_effective_conv2d", "rank_dropout_scale");
        return new Kronecker(
                config.same(RANK, settings.count(RANK), json.path("r").asInt(DEFAULT_RANK)),
                config.same(
                        ALPHA,
                        settings.scale(ALPHA, "the adapters do nothing"),
                        json.path("alpha").asDouble(DEFAULT_RANK)),
                config.same(
                        FACTOR,
                        settings.count(FACTOR),
                        json.path("decompose_factor").asInt(NEAR_SQUARE)),
                config.same(
                        BOTH, settings.flag(BOTH), json.path("decompose_both").asBoolean(false)),
                LycorisDropout.of(NAME, settings, json),
                config.targets(TARGETS));
    }

    /** The adaptation; s is alpha / rank, whatever of the factors is a product. */
    private record Kronecker(
            int rank, double alpha, int factor, boolean both, LycorisDropout dropout, TargetModules targets)
            implements Adaptation {
        @Override
        public String method() {
            return NAME;
        }

        @Override
        public Linear adapt(String module, Linear base, AdapterTensors tensors) {
            long[] weight = base.weight().split().wholeShape();
            KroneckerShape shape = KroneckerShape.of(weight[0], weight[1], rank, factor, both);
            KroneckerBranch branch = KroneckerBranch.fresh(module, base, shape, rank, alpha / rank, tensors);
            long firstColumn =
                    base.split() == LinearSplit.ROW ? base.weight().split().from() : 0;
            Linear adapted =
                    new BranchLinear(base, WholeBranch.of(branch, base), Dropout.of(0, module, firstColumn, tensors));
            return dropout.around(adapted, false, module, base, tensors);
        }

        /** Every rank has the whole factors. */
        @Override
        public OptionalLong numTrainedElements(LinearShape part) {
            return OptionalLong.of(KroneckerShape.of(part.wholeOut(), part.wholeIn(), rank, factor, both)
                    .numElements(rank));
        }

        @Override
        public Optional<String> whyNotMergeable() {
            return Optional.empty();
        }

        @Override
        public Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter) {
            KroneckerShape shape = KroneckerShape.of(weightOI.size(0), weightOI.size(1), rank, factor, both);
            Tensor changeOI = KroneckerBranch.product(shape, adapter);
            if (changeOI.size(0) != weightOI.size(0) || changeOI.size(1) != weightOI.size(1)) {
                throw new BadInputException(
                        "the adapter of %s is for a weight of %d × %d, but the base's has %d × %d; give the base that it was trained on."
                                .formatted(
                                        module,
                                        changeOI.size(0),
                                        changeOI.size(1),
                                        weightOI.size(0),
                                        weightOI.size(1)));
            }
            return changeOI.mul_(new Scalar(alpha / rank)).add_(weightOI);
        }

        @Override
        public ObjectNode config(List<String> modules, List<String> all) {
            ObjectNode config = new ObjectMapper().createObjectNode();
            config.put("r", rank);
            AdapterConfig.put(config, "alpha", alpha);
            config.put("decompose_factor", factor);
            config.put("decompose_both", both);
            dropout.put(config);
            config.put("use_effective_conv2d", false);
            config.put("init_weights", true);
            return AdapterConfig.putCommon(config, modules, all);
        }
    }
}
