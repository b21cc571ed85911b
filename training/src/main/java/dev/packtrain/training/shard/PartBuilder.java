package dev.packtrain.training.shard;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.UpdateRule.Statistic;
import dev.packtrain.training.options.ParallelOptions.Offload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Takes a model's parts apart into what a {@link ShardingPlan} keeps of them. */
final class PartBuilder {
    private final ShardingPlan plan;
    private final ScalarType momentDtype;
    private final CausalLM model;
    private final List<List<Parameter>> parts;
    private final Set<Statistic> statistics;
    private final StateMemory device;
    private final StateMemory states;
    private final BufferPool pool;
    private final GradientSums reduction;
    private final TensorCopies copies;

    PartBuilder(ShardingPlan plan, ScalarType momentDtype, ReductionQueue queue, CausalLM model) {
        this.plan = plan;
        this.momentDtype = momentDtype;
        this.model = model;
        this.parts = model.parts();
        this.statistics = model.updateRule().statistics();
        TensorFactory factory = TensorFactory.like(parts.get(0).get(0).tensor());
        this.device = StateMemory.of(factory);
        this.states = switch (plan.offload()) {
            case NONE -> device;
            case HOST -> StateMemory.of(new TensorFactory(ComputeDevice.CPU));
            case DISK ->
                StateMemory.files(
                        plan.offloadDir(),
                        OffloadSpace.of(plan.offloadDir(), plan.groups().world().size()));
        };
        this.pool = new BufferPool(factory);
        this.reduction = new GradientSums(plan.groups(), queue, pool);
        this.copies = new TensorCopies(plan.groups().tensor());
    }

    /** Where the parts' buffers come from. */
    BufferPool pool() {
        return pool;
    }

    /** All parts; the parameters' storage and gradients are theirs from here on. */
    List<ModelPart> build() {
        List<ModelPart> built = new ArrayList<>();
        long number = 0;
        for (int i = 0; i < parts.size(); i++) {
            model.fillPart(i);
            List<Parameter> trained =
                    parts.get(i).stream().filter(Parameter::isTrained).toList();
            List<Parameter> frozen =
                    parts.get(i).stream().filter(p -> !p.isTrained()).toList();
            String name = "part-" + i;
            built.add(new ModelPart(
                    trained.isEmpty() ? Optional.empty() : Optional.of(trained(name, trained, number)),
                    plan.spreadsWeights() ? frozen(name, frozen) : List.of(),
                    frozen));
            number += trained.stream().mapToLong(p -> p.tensor().numel()).sum();
        }
        return List.copyOf(built);
    }

    /** Quantised matrices are bytes, beside norms in the run's dtype. */
    private List<SpreadTensors> frozen(String name, List<Parameter> parameters) {
        Map<ScalarType, List<Parameter>> byDtype = new LinkedHashMap<>();
        parameters.forEach(parameter -> byDtype.computeIfAbsent(
                        parameter.tensor().scalar_type().intern(), dtype -> new ArrayList<>())
                .add(parameter));
        return byDtype.entrySet().stream()
                .map(alike -> {
                    FlatLayout layout = layout(alike.getValue());
                    return new SpreadTensors(layout, weights(name + ".frozen." + alike.getKey(), layout));
                })
                .toList();
    }

    private TrainedTensors trained(String name, List<Parameter> parameters, long number) {
        FlatLayout layout = layout(parameters);
        PartWeights weights = weights(name, layout);
        PartGradients gradients = gradients(name, layout);
        return TrainedTensors.of(name, layout, weights, gradients, states, momentDtype, statistics, number);
    }

    private FlatLayout layout(List<Parameter> parameters) {
        return new FlatLayout(parameters, plan.groups().shard().size(), plan.bucket());
    }

    private PartWeights weights(String name, FlatLayout layout) {
        if (!plan.spreadsWeights()) {
            return new WholeWeights(name, layout, plan.groups().shard());
        }
        Partition own = states.zeros(name + ".weight", layout, layout.dtype());
        return new SpreadWeights(name, layout, own, plan.groups().shard(), pool);
    }

    private PartGradients gradients(String name, FlatLayout layout) {
        if (plan.keepsGradientsWhole()) {
            return new WholeGradients(layout, sumDtype(layout), reduction, copies, pool);
        }
        // On a GPU, sums stay there: a collective writes them.
        StateMemory memory = plan.spreadsWeights() && plan.offload() == Offload.DISK ? states : device;
        Partition sums = memory.zeros(name + ".grad", layout, ScalarType.Float);
        return new SpreadGradients(layout, sums, reduction, copies, pool);
    }

    /**
     * bf16 gradients are summed in fp32. A single pass needs no sums of its own, and what other ranks add goes to fp32 by
     * itself where the gradients are reduce-scattered.
     */
    private ScalarType sumDtype(FlatLayout layout) {
        boolean addsUp = plan.passesInStep() > 1
                || (plan.groups().shard().size() == 1 && plan.groups().data().size() > 1);
        return addsUp ? ScalarType.Float : layout.dtype();
    }
}
