package dev.packtrain.training.data;

import dev.packtrain.packing.PackedSequence;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Reads one rank's packs step by step, one step ahead of the training on a thread of its own.
 *
 * <p>Used by one thread. {@link #close} waits for a read in progress, so the source may be closed after it.
 */
public final class BatchLoader implements AutoCloseable {
    private final PackSource source;
    private final StepPlan plan;
    private final int rank;
    private final ExecutorService reader;
    private int nextStep;
    private Future<RankBatch> next;

    /**
     * Starts reading.
     *
     * @param source packs; only the reading thread touches it from now on
     * @param plan which packs; only the reading thread touches it from now on
     * @param rank this rank
     * @param firstStep 0-based
     */
    public BatchLoader(PackSource source, StepPlan plan, int rank, int firstStep) {
        this.source = source;
        this.plan = plan;
        this.rank = rank;
        this.nextStep = firstStep;
        this.reader = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "pack-reader");
            thread.setDaemon(true);
            return thread;
        });
        prefetch();
    }

    /**
     * The next step's packs.
     *
     * @throws dev.packtrain.packing.BadInputException if a shard cannot be read as it should
     */
    public RankBatch next() throws InterruptedException {
        RankBatch batch;
        try {
            batch = next.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException("cannot read the packs of step " + (nextStep + 1), e.getCause());
        }
        nextStep++;
        prefetch();
        return batch;
    }

    private void prefetch() {
        int step = nextStep;
        next = reader.submit(() -> read(step));
    }

    private RankBatch read(int step) {
        List<List<PackedSequence>> microbatches = new ArrayList<>();
        for (int[] indices : plan.microbatches(step, rank)) {
            List<PackedSequence> packs = new ArrayList<>(indices.length);
            for (int index : indices) {
                packs.add(source.get(index));
            }
            microbatches.add(packs);
        }
        return new RankBatch(step, plan.globalBatch(step), microbatches);
    }

    @Override
    public void close() {
        next.cancel(false);
        reader.shutdown();
        try {
            reader.awaitTermination(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
