package dev.packtrain.training.peft;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.model.TrainedElements;
import dev.packtrain.training.model.UpdateRule;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Spends AdaLoRA's budget (Zhang et al. 2023, arXiv 2303.10512): a triplet is a value of e with its row of A and its column
 * of B, and the budget is how many triplets of the whole model may have a value other than zero.
 *
 * <pre>
 *   I = |w · ∂L/∂w|                                        formula 8, every element, before the update
 *   Ī ← β₁ Ī + (1 − β₁) I      Ū ← β₂ Ū + (1 − β₂) |I − Ī|    formulas 9, 10
 *   s(w) = Ī · Ū                                           formula 11
 *   S = s(e) + mean s(row of A) + mean s(column of B)      formula 7
 * </pre>
 *
 * After the update, the values with the lowest S become zero (formula 6), down to the budget of the step (formula 12). In the
 * last {@code finalSteps} steps the choice is final; a run that goes on from an adapter with a final choice is all such steps.
 */
final class RankAllocator implements UpdateRule {
    /**
     * How the budget is spent.
     *
     * @param totalSteps of the run; 0: not known yet
     * @param initialSteps before the first cut
     * @param finalSteps after the last cut
     * @param interval steps from cut to cut
     * @param beta1 β₁
     * @param beta2 β₂
     * @param penalty γ of the {@link OrthogonalPenalty}
     */
    record Schedule(
            int totalSteps,
            int initialSteps,
            int finalSteps,
            int interval,
            double beta1,
            double beta2,
            double penalty) {}

    private final AdaLoraAdaptation settings;
    /** First triplet of every module. */
    private final Map<String, Integer> modules = new LinkedHashMap<>();

    private int totalSteps;
    private boolean isFinal;
    private double[] scores = {};
    /** After the last cut; empty before the first one that this process knows of. */
    private boolean[] staying = {};

    RankAllocator(AdaLoraAdaptation settings) {
        this.settings = settings;
    }

    /** Another module with {@code settings.rank()} triplets. */
    void add(String module) {
        modules.put(module, numTriplets());
    }

    /** Matrices that the penalty is the mean of. */
    int numMatrices() {
        return 2 * modules.size();
    }

    private int numTriplets() {
        return modules.size() * settings.rank();
    }

    /** How the budget of the run at hand is spent, or of that which the adapter was read from. */
    Schedule schedule() {
        Schedule given = settings.schedule();
        return new Schedule(
                totalSteps > 0 ? totalSteps : given.totalSteps(),
                given.initialSteps(),
                given.finalSteps(),
                given.interval(),
                given.beta1(),
                given.beta2(),
                given.penalty());
    }

    /** Whether values that are zero stay so. */
    boolean isFinal() {
        return isFinal;
    }

    /** Whether the budget has been spent before: what is left is trained on, as after the last cut. */
    private boolean isCut() {
        return !settings.kept().isEmpty();
    }

    @Override
    public Set<Statistic> statistics() {
        return settings.statistics();
    }

    @Override
    public void begins(int newTotalSteps) {
        if (isCut()) {
            return;
        }
        totalSteps = newTotalSteps;
        if (settings.schedule().initialSteps() + settings.schedule().finalSteps() >= totalSteps) {
            throw new BadInputException(
                    "adalora_tinit %d and adalora_tfinal %d leave none of the run's %d steps to cut ranks in; make them smaller, or the run longer."
                            .formatted(
                                    settings.schedule().initialSteps(),
                                    settings.schedule().finalSteps(),
                                    totalSteps));
        }
    }

    /** The budget after a step, counted from 1 (formula 12). */
    int budget(int step) {
        int begin = settings.rank() * modules.size();
        int end = settings.targetRank() * modules.size();
        if (step <= settings.schedule().initialSteps()) {
            return begin;
        }
        if (step >= lastCut()) {
            return end;
        }
        double left = 1
                - (step - settings.schedule().initialSteps())
                        / (double) (lastCut() - settings.schedule().initialSteps());
        return (int) (end + (begin - end) * left * left * left);
    }

    /** Steps after which the choice is final. */
    private int lastCut() {
        return totalSteps - settings.schedule().finalSteps();
    }

    private boolean cutsAfter(int step) {
        return step == lastCut()
                || (step > settings.schedule().initialSteps()
                        && step < lastCut()
                        && step % settings.schedule().interval() == 0);
    }

    /** What a run that continues has already decided. */
    @Override
    public void beginStep(int step) {
        isFinal = isCut() || step >= lastCut();
    }

    @Override
    public void beforeUpdate(int step, TrainedElements elements) {
        if (isFinal) {
            if (staying.length == 0 && !isCut()) {
                scores = sizes(elements);
                staying = highest(budget(step));
            }
            return;
        }
        boolean due = cutsAfter(step + 1);
        double[] ofThisRank = new double[numTriplets()];
        elements.forEachRun(parameter -> true, run -> observe(run, due, ofThisRank));
        if (due) {
            scores = elements.sum(ofThisRank, "importance of triplets");
        }
    }

    /** How large the values are that a run which is resumed behind its last cut finds: those that were cut are zero. */
    private double[] sizes(TrainedElements elements) {
        double[] ofThisRank = new double[numTriplets()];
        elements.forEachRun(RankAllocator::isValues, run -> IntStream.range(
                        0, (int) run.weights().numel())
                .forEach(i -> ofThisRank[firstTriplet(run.parameter()) + (int) run.from() + i] =
                        Math.abs(run.weights().get(i).item_double())));
        return elements.sum(ofThisRank, "sizes of values");
    }

    private static boolean isValues(Parameter parameter) {
        return parameter.name().endsWith(AdaLoraAdaptation.VALUES);
    }

    private int firstTriplet(Parameter parameter) {
        return modules.get(parameter.name().substring(0, parameter.name().lastIndexOf('.')));
    }

    private void observe(TrainedElements.Run run, boolean due, double[] ofThisRank) {
        Tensor mean = run.statistics().get(Statistic.SENSITIVITY);
        // Where state is offloaded, weights and gradients may be elsewhere.
        Tensor weights = run.weights().to(mean.device(), ScalarType.Float);
        Tensor importance =
                weights.mul(run.gradients().to(mean.device(), ScalarType.Float)).abs_();
        Tensor spread = run.statistics().get(Statistic.UNCERTAINTY);
        mean.lerp_(importance, new Scalar(1 - settings.schedule().beta1()));
        spread.lerp_(
                importance.sub_(mean).abs_(), new Scalar(1 - settings.schedule().beta2()));
        if (due) {
            score(run, mean.mul(spread), ofThisRank);
        }
    }

    /** Adds to every triplet what these elements contribute to its mean. */
    private void score(TrainedElements.Run run, Tensor scores, double[] ofThisRank) {
        TensorSplit split = run.parameter().split();
        int first = firstTriplet(run.parameter());
        boolean isUp = run.parameter().name().endsWith(AdaLoraAdaptation.UP);
        long width = split.shape()[1];
        long[] triplets = LongStream.range(run.from(), run.from() + scores.numel())
                .map(i -> isUp ? i % width : i / width)
                .toArray();
        long inMean = split.wholeElements() / settings.rank() * split.numCopies();
        double[] sums = new double[settings.rank()];
        TensorScope.run(() -> {
            TensorFactory factory = TensorFactory.like(scores);
            Tensor perTriplet = factory.zeros(ScalarType.Double, settings.rank())
                    .index_add_(0, factory.longs(Arrays.stream(triplets)), scores.to(ScalarType.Double));
            perTriplet.cpu().data_ptr_double().get(sums);
        });
        for (int i = 0; i < sums.length; i++) {
            ofThisRank[first + i] += sums[i] / inMean;
        }
    }

    @Override
    public void afterUpdate(int step, TrainedElements elements) {
        if (isFinal || !cutsAfter(step + 1)) {
            return;
        }
        staying = highest(budget(step + 1));
        boolean last = step + 1 == lastCut();
        elements.forEachRun(RankAllocator::isValues, run -> cut(run, last));
        elements.weightsChanged();
    }

    /** The triplets with the highest scores; of equal ones the first. */
    private boolean[] highest(int budget) {
        Integer[] byScore = new Integer[scores.length];
        Arrays.setAll(byScore, i -> i);
        Arrays.sort(byScore, (a, b) -> Double.compare(scores[b], scores[a]));
        boolean[] stays = new boolean[scores.length];
        for (int i = 0; i < budget; i++) {
            stays[byScore[i]] = true;
        }
        return stays;
    }

    /** Sets values to zero; after the last cut their moments too, so that the optimizer leaves them alone. */
    private void cut(TrainedElements.Run run, boolean last) {
        int first = firstTriplet(run.parameter()) + Math.toIntExact(run.from());
        for (int i = 0; i < run.weights().numel(); i++) {
            if (!staying[first + i]) {
                run.weights().narrow(0, i, 1).zero_();
                run.remainders().ifPresent(zeroAt(i));
                if (last) {
                    zeroAt(i).accept(run.first());
                    zeroAt(i).accept(run.second());
                }
            }
        }
    }

    private static Consumer<Tensor> zeroAt(int i) {
        return tensor -> tensor.narrow(0, i, 1).zero_();
    }

    private double left(String module) {
        if (isCut()) {
            return settings.rank(module);
        }
        int first = modules.get(module);
        return IntStream.range(first, first + settings.rank())
                .filter(triplet -> staying[triplet])
                .count();
    }

    /** Triplets that are left, by module. */
    @Override
    public Map<String, Double> figures() {
        if (staying.length == 0 && !isCut()) {
            return Map.of();
        }
        double[] ranks = modules.keySet().stream().mapToDouble(this::left).toArray();
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put("adalora_mean_rank", Arrays.stream(ranks).average().orElseThrow());
        figures.put("adalora_max_rank", Arrays.stream(ranks).max().orElseThrow());
        figures.put("adalora_modules_without_rank", (double)
                Arrays.stream(ranks).filter(rank -> rank == 0).count());
        return figures;
    }
}
