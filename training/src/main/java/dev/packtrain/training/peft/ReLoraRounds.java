package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.model.TrainedElements;
import dev.packtrain.training.model.UpdateRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * The rounds of {@link ReLoraAdaptation}. What earlier rounds have left lies beside the trained state: whole on every rank but
 * for what tensor parallelism splits, and in checkpoints.
 */
final class ReLoraRounds implements UpdateRule {
    static final String EARLIER = ".earlier";

    private final ReLoraAdaptation settings;
    private final AdapterTensors tensors;
    private final List<Adapter> adapters = new ArrayList<>();
    private final Map<Parameter, Parameter> earlier = new LinkedHashMap<>();
    private int totalSteps;
    private int finished;

    ReLoraRounds(ReLoraAdaptation settings, AdapterTensors tensors) {
        this.settings = settings;
        this.tensors = tensors;
    }

    private record Adapter(Parameter down, Parameter up) {}

    /** Another module; what its earlier rounds have left at the time of asking. */
    Supplier<Optional<MergedPairs.Pairs>> add(Parameter down, Parameter up) {
        adapters.add(new Adapter(down, up));
        return () -> {
            if (finished == 0) {
                return Optional.empty();
            }
            long length = (long) finished * rank();
            return Optional.of(new MergedPairs.Pairs(
                    earlier.get(down).tensor().narrow(0, 0, length),
                    earlier.get(up).tensor().narrow(1, 0, length)));
        };
    }

    /** Rounds that are over. */
    int finished() {
        return finished;
    }

    private int rank() {
        return settings.lora().rank();
    }

    @Override
    public void begins(int newTotalSteps) {
        totalSteps = newTotalSteps;
        int restarts = (totalSteps - 1) / settings.interval();
        if (restarts == 0) {
            throw new BadInputException(
                    "relora_steps is %d, but the run has %d steps, so it never restarts; give fewer steps a round, or train without relora."
                            .formatted(settings.interval(), totalSteps));
        }
        long length = (long) restarts * rank();
        for (Adapter adapter : adapters) {
            keep(adapter.down(), 0, length);
            keep(adapter.up(), 1, length);
        }
    }

    /** A place for the rounds' matrices, side by side along a dim that no rank splits. */
    private void keep(Parameter one, int dim, long length) {
        TensorSplit split = one.split();
        long[] shape = split.wholeShape().clone();
        shape[dim] = length;
        TensorSplit side = split.isWhole()
                ? TensorSplit.whole(shape, split.numCopies())
                : new TensorSplit(shape, split.dim(), split.from(), split.length(), split.numCopies());
        earlier.put(one, tensors.state(one.name() + EARLIER, one.tensor(), side));
    }

    @Override
    public List<Parameter> tensors() {
        return List.copyOf(earlier.values());
    }

    @Override
    public void beginStep(int step) {
        finished = step / settings.interval();
    }

    @Override
    public double learningRateScale(int step) {
        int inRound = step % settings.interval();
        return step < settings.interval() || inRound >= settings.warmup()
                ? 1
                : (inRound + 1.0) / (settings.warmup() + 1.0);
    }

    @Override
    public void afterUpdate(int step, TrainedElements elements) {
        int done = step + 1;
        if (done % settings.interval() == 0 && done < totalSteps) {
            int round = done / settings.interval();
            adapters.forEach(adapter -> {
                remember(adapter.down(), 0, round - 1, elements);
                remember(adapter.up(), 1, round - 1, elements);
                restart(adapter.down(), Optional.of(first(adapter.down(), round)), elements);
                restart(adapter.up(), Optional.empty(), elements);
            });
            elements.weightsChanged();
        }
    }

    private void remember(Parameter parameter, int dim, int round, TrainedElements elements) {
        TensorSplit split = parameter.split();
        Tensor whole = elements.whole(parameter, TrainedElements.Run::weights);
        earlier.get(parameter)
                .tensor()
                .narrow(dim, (long) round * rank(), rank())
                .copy_(whole.narrow(split.dim(), split.from(), split.length()));
    }

    /** A as another seed would have begun it. */
    private Tensor first(Parameter down, int round) {
        return settings.lora().initialDown(down.name() + " of round " + round, down.split(), tensors);
    }

    /** New values, or zeros, in this rank's part of a parameter; of its moments the largest stay. */
    private void restart(Parameter parameter, Optional<Tensor> values, TrainedElements elements) {
        double mean = threshold(elements.whole(parameter, TrainedElements.Run::first));
        double square = threshold(elements.whole(parameter, TrainedElements.Run::second));
        elements.forEachRun(other -> other.name().equals(parameter.name()), run -> {
            run.weights().zero_();
            run.remainders().ifPresent(Tensor::zero_);
            values.ifPresent(all -> run.weights()
                    .copy_(all.flatten().narrow(0, run.from(), run.weights().numel())));
            prune(run.first(), mean);
            prune(run.second(), square);
        });
    }

    /** The largest absolute value that is dropped. */
    private double threshold(Tensor moments) {
        Tensor sizes = moments.abs().flatten();
        long dropped = Math.round(settings.pruneRatio() * sizes.numel());
        // On a GPU libtorch has no kthvalue that repeats itself.
        return dropped == 0 ? -1 : sizes.cpu().kthvalue(dropped).get0().item_double();
    }

    private static void prune(Tensor moments, double threshold) {
        moments.mul_(moments.abs().gt(new Scalar(threshold)));
    }
}
