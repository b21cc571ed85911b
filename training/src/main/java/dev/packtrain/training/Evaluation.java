package dev.packtrain.training;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.data.FirstExamples;
import dev.packtrain.training.data.PackSource;
import dev.packtrain.training.mesh.MeshGroups;
import dev.packtrain.training.metrics.EvaluationFigures;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.LossSum;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;

/**
 * The loss on held-out packs, over the ranks of a mesh: the mean over exactly all of their label tokens.
 *
 * <p>Nothing in it is random, and it leaves what is trained as it is. The losses of the packs are added up in the order of
 * the packs, so which rank evaluated which makes no difference. Every rank of the mesh has to call it. Used by one thread.
 */
public final class Evaluation {
    private static final double NANOS = 1e9;
    private static final long PROGRESS_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final CausalLM model;
    private final PackSource packs;
    private final MeshGroups groups;
    private final GlobalSums sums;

    /**
     * An evaluation, to be run as often as wanted.
     *
     * @param model of this rank, as it is trained
     * @param packs held-out data, the same on every rank
     * @param maxSamples the first examples only; 0: all
     * @throws BadInputException if there are no packs
     */
    public Evaluation(CausalLM model, PackSource packs, int maxSamples, MeshGroups groups) {
        this.model = model;
        this.packs = maxSamples == 0 ? packs : FirstExamples.of(packs, maxSamples);
        if (this.packs.numPacks() == 0) {
            throw new BadInputException(
                    "the data of eval_dataset_name_or_path have no packs, wanted at least 1: look at their report.json.");
        }
        this.groups = groups;
        this.sums = new GlobalSums(model.parameters().get(0).tensor());
    }

    /** Packs, of all ranks together. */
    public int numPacks() {
        return packs.numPacks();
    }

    /**
     * Evaluates.
     *
     * @param progress told about once a second how many packs are done
     * @throws BadInputException if there is no label token, or the loss is no finite number
     */
    public EvaluationFigures run(IntConsumer progress) {
        long start = System.nanoTime();
        long told = start;
        int numRanks = groups.mesh().numDataRanks();
        int dataRank = groups.mesh().dataRank(groups.world().rank());
        double[] lossOfPack = new double[packs.numPacks()];
        long labelTokens = 0;
        long samples = 0;
        // All ranks make as many passes: at stage 3 and with tensor parallelism each needs the others.
        for (int from = 0; from < lossOfPack.length; from += numRanks) {
            int index = from + dataRank;
            if (index < lossOfPack.length) {
                PackedSequence pack = packs.get(index);
                LossSum sum = model.evaluate(pack);
                lossOfPack[index] = sum.sum();
                labelTokens += sum.numLabelTokens();
                samples += pack.numDocuments();
            } else {
                model.skipEvaluation();
            }
            if (System.nanoTime() - told >= PROGRESS_NANOS) {
                told = System.nanoTime();
                progress.accept(Math.min(from + numRanks, lossOfPack.length));
            }
        }
        long[] counts = sums.of(groups.batch(), "evaluated label tokens", labelTokens, samples);
        double lossSum = Arrays.stream(sums.of(groups.batch(), "losses of held-out packs", lossOfPack))
                .reduce(0, Double::sum);
        requireFigures(counts[0], lossSum);
        return new EvaluationFigures(lossSum, counts[0], counts[1], (System.nanoTime() - start) / NANOS);
    }

    private static void requireFigures(long labelTokens, double lossSum) {
        if (labelTokens == 0) {
            throw new BadInputException(
                    "the data of eval_dataset_name_or_path have no label token, so there is no eval_loss; give data with targets, or more of them (max_eval_samples).");
        }
        if (!Double.isFinite(lossSum)) {
            throw new BadInputException(
                    "eval_loss is %s: the model gives no finite loss on the data of eval_dataset_name_or_path; lower learning_rate or max_grad_norm, or look at these data."
                            .formatted(lossSum / labelTokens));
        }
    }
}
