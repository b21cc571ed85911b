package dev.packtrain.training.optim;

import dev.packtrain.kernels.AdamWStep;
import dev.packtrain.kernels.FusedAdamW;
import dev.packtrain.kernels.SquaredNorm;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.pytorch.Tensor;

/**
 * On the CPU: Packtrain's own kernels, one pass over memory each, on as many threads as libtorch has. The buffers are cut
 * into blocks of a fixed size, so the number of threads changes no bit.
 */
final class CpuFlatMath implements FlatMath {
    private static final long BLOCK = 1L << 20;
    private static final int BF16_BYTES = 2;

    private final FlatParameters parameters;
    private final FusedAdamW adamW = FusedAdamW.forThisMachine();
    private final SquaredNorm squaredNorm = SquaredNorm.forThisMachine();
    private final ExecutorService threads;

    CpuFlatMath(FlatParameters parameters, int numThreads) {
        this.parameters = parameters;
        this.threads = Executors.newFixedThreadPool(numThreads, task -> {
            Thread thread = new Thread(task, "optimizer");
            thread.setDaemon(true);
            return thread;
        });
    }

    @Override
    public double gradNorm() {
        long address = address(parameters.mainGrads());
        List<Callable<Double>> blocks = new ArrayList<>();
        for (long start = 0; start < parameters.numElements(); start += BLOCK) {
            long offset = start;
            long length = Math.min(BLOCK, parameters.numElements() - start);
            blocks.add(() -> squaredNorm.of(address + offset * Float.BYTES, length));
        }
        return Math.sqrt(runAll(blocks).stream().reduce(0.0, Double::sum));
    }

    @Override
    public void update(long from, long to, AdamWStep step, Moments moments) {
        long weights = address(parameters.masterWeights());
        long grads = address(parameters.mainGrads());
        long first = address(moments.first());
        long second = address(moments.second());
        long rounded = parameters.hasMasterWeights() ? address(parameters.weights()) : 0;
        List<Callable<Double>> blocks = new ArrayList<>();
        for (long start = from; start < to; start += BLOCK) {
            long at = start * Float.BYTES;
            long out = rounded == 0 ? 0 : rounded + start * BF16_BYTES;
            long length = Math.min(BLOCK, to - start);
            blocks.add(() -> {
                adamW.step(weights + at, grads + at, first + at, second + at, out, length, step);
                return 0.0;
            });
        }
        runAll(blocks);
    }

    private static long address(Tensor tensor) {
        return tensor.data_ptr().address();
    }

    /** Results in the order of the blocks, whichever thread was first. */
    private List<Double> runAll(List<Callable<Double>> blocks) {
        try {
            List<Double> results = new ArrayList<>(blocks.size());
            for (Future<Double> block : threads.invokeAll(blocks)) {
                results.add(block.get());
            }
            return results;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a kernel of the optimizer failed", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted in the middle of an optimizer step", e);
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
