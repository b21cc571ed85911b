package dev.packtrain.training.peft;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.model.Linear;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.model.UpdateRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * AdaLoRA with its settings. A and B begin as N(0, 0.02²), functions of the seed and the name alone; the values e are zero, so
 * the first forward pass is that of the base.
 *
 * @param rank triplets of a module in the beginning
 * @param targetRank mean triplets of a module in the end
 * @param alpha s is alpha / rank
 * @param dropout probability, in [0, 1)
 * @param schedule how the budget is spent
 * @param kept of the modules of an adapter that was cut, how many triplets each has left; empty for a whole one
 * @param targets which linears
 */
record AdaLoraAdaptation(
        int rank,
        int targetRank,
        double alpha,
        double dropout,
        RankAllocator.Schedule schedule,
        Map<String, Integer> kept,
        TargetModules targets)
        implements Adaptation {
    static final String DOWN = "lora_A";
    static final String VALUES = "lora_E";
    static final String UP = "lora_B";

    private static final double DEVIATION = 0.02;
    /** PEFT's, so that a rank of 0 divides nothing by zero. */
    private static final double EPSILON = 1e-5;

    @Override
    public String method() {
        return AdaLora.NAME;
    }

    /** s. */
    double scale() {
        return alpha / (rank + EPSILON);
    }

    @Override
    public Linear adapt(String module, Linear base, AdapterTensors tensors) {
        RankAllocator allocator = tensors.shared(RankAllocator.class, () -> new RankAllocator(this));
        allocator.add(module);
        int own = rank(module);
        LowRankSplits splits = LowRankSplits.of(base, own);
        Parameter down = matrix(module + "." + DOWN, base, splits.down(), splits.downIsPartial(), tensors);
        Parameter values = tensors.parameter(
                module + "." + VALUES, base.like(), LowRankSplits.inner(base, own, 1), () -> new TensorFactory(
                                ComputeDevice.CPU)
                        .zeros(ScalarType.Float, own, 1));
        Parameter up = matrix(module + "." + UP, base, splits.up(), splits.upIsPartial(), tensors);
        long firstColumn = splits.down().dim() == 1 ? splits.down().from() : 0;
        return new AdaLoraLinear(
                base,
                down,
                values,
                up,
                scale(),
                Dropout.of(dropout, module, firstColumn, tensors),
                new OrthogonalPenalty(schedule.penalty(), allocator::numMatrices, tensors.sums(), tensors.pass()),
                allocator);
    }

    /** Triplets that a module has: all, unless an adapter that was read has been cut. */
    int rank(String module) {
        return kept.getOrDefault(module, rank);
    }

    private static Parameter matrix(
            String name, Linear base, TensorSplit split, boolean partial, AdapterTensors tensors) {
        long key = ReproducibleBits.key(tensors.seed(), name);
        return tensors.parameter(
                name,
                base.like(),
                new AdapterTensors.Spec(split, partial, 1),
                () -> ReproducibleBits.normal(key, split, DEVIATION));
    }

    /** Once the budget is spent, nothing is scored. */
    @Override
    public Set<UpdateRule.Statistic> statistics() {
        return kept.isEmpty() ? Set.of(UpdateRule.Statistic.SENSITIVITY, UpdateRule.Statistic.UNCERTAINTY) : Set.of();
    }

    @Override
    public UpdateRule updateRule(AdapterTensors tensors) {
        return tensors.shared(RankAllocator.class, () -> new RankAllocator(this));
    }

    @Override
    public Optional<String> whyNotMergeable() {
        return Optional.empty();
    }

    @Override
    public Tensor merged(String module, Tensor weightOI, Function<String, Tensor> adapter) {
        Tensor upOR = adapter.apply(UP);
        Tensor downRI = adapter.apply(DOWN);
        LoraAdaptation.requireShapes(module, weightOI, upOR, downRI);
        return weightOI.addmm(upOR, downRI.mul(adapter.apply(VALUES)), new Scalar(1), new Scalar(scale()));
    }

    /** Triplets whose value is zero are left out; of a module that has no other, the first stays. */
    @Override
    public Map<String, Tensor> saved(Map<String, Tensor> tensors) {
        Map<String, Tensor> saved = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> {
            Tensor values = tensors.get(name.substring(0, name.lastIndexOf('.') + 1) + VALUES);
            Tensor kept = indices(left(values));
            saved.put(
                    name,
                    tensor.detach().index_select(name.endsWith(UP) ? 1 : 0, kept.to(tensor.device(), ScalarType.Long)));
        });
        return saved;
    }

    /** With what is left of every module. */
    @Override
    public Adaptation asSaved(Map<String, Tensor> saved, AdapterTensors tensors) {
        Map<String, Integer> left = new LinkedHashMap<>();
        saved.forEach((name, tensor) -> {
            if (name.endsWith(VALUES)) {
                left.put(name.substring(0, name.lastIndexOf('.')), Math.toIntExact(tensor.size(0)));
            }
        });
        boolean whole = left.values().stream().allMatch(each -> each == rank);
        return new AdaLoraAdaptation(rank, targetRank, alpha, dropout, schedule, whole ? Map.of() : left, targets);
    }

    private static Tensor indices(List<Boolean> left) {
        return new TensorFactory(ComputeDevice.CPU)
                .longs(LongStream.range(0, left.size()).filter(i -> left.get((int) i)));
    }

    private static List<Boolean> left(Tensor valuesR1) {
        List<Boolean> left = new ArrayList<>();
        for (long i = 0; i < valuesR1.size(0); i++) {
            left.add(valuesR1.get(i).item_double() != 0);
        }
        if (!left.contains(true)) {
            left.set(0, true);
        }
        return left;
    }

    @Override
    public OptionalLong numTrainedElements(LinearShape part) {
        return OptionalLong.of(rank(part.module()) * (part.numIn() + part.numOut() + 1));
    }

    @Override
    public ObjectNode config(List<String> modules, List<String> all) {
        ObjectNode config = new ObjectMapper().createObjectNode();
        config.put("init_r", rank);
        config.put("r", rank);
        config.put("target_r", targetRank);
        AdapterConfig.put(config, "lora_alpha", alpha);
        config.put("lora_dropout", dropout);
        config.put("tinit", schedule.initialSteps());
        config.put("tfinal", schedule.finalSteps());
        if (schedule.totalSteps() > 0) {
            config.put("total_step", schedule.totalSteps());
        }
        config.put("deltaT", schedule.interval());
        config.put("beta1", schedule.beta1());
        config.put("beta2", schedule.beta2());
        config.put("orth_reg_weight", schedule.penalty());
        config.put("bias", "none");
        config.put("fan_in_fan_out", false);
        config.put("init_lora_weights", true);
        if (!kept.isEmpty()) {
            ObjectNode pattern = config.putObject("rank_pattern");
            kept.forEach((module, left) -> {
                ArrayNode triplets = pattern.putArray(module + "." + VALUES);
                IntStream.range(0, rank).forEach(i -> triplets.add(i < left));
            });
        }
        return AdapterConfig.putCommon(config, modules, all);
    }
}
