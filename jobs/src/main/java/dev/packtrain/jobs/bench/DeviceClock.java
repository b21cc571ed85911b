package dev.packtrain.jobs.bench;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.GradientMode;
import java.lang.management.ManagementFactory;
import org.bytedeco.pytorch.cuda.CUDAEvent;

/**
 * Takes the time of calls: on a CPU by the clock of the host, on a GPU between two events of its current stream. The latter
 * has not run on a GPU yet.
 *
 * @param device where the calls compute
 * @param processorTime on a CPU the calling thread's processor time: on a busy machine, what a call would take alone, if it
 *     uses one thread
 */
record DeviceClock(ComputeDevice device, boolean processorTime) {
    /** Calls between two events: the gaps between kernels of one call then hide behind the kernels of the one before. */
    private static final int CALLS = 10;

    private static final int WITH_TIMING = 0;

    /** A clock of time that passes. */
    DeviceClock(ComputeDevice device) {
        this(device, false);
    }

    /** Seconds of one call; what it allocates is freed outside the time. */
    double seconds(Runnable body) {
        return TensorScope.value(() -> GradientMode.off(() -> switch (device.kind()) {
            case CPU -> onHost(body);
            case CUDA -> onGpu(body);
        }));
    }

    private double onHost(Runnable body) {
        long start = nanos();
        body.run();
        return (nanos() - start) / 1e9;
    }

    private long nanos() {
        return processorTime ? ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() : System.nanoTime();
    }

    private static double onGpu(Runnable body) {
        CUDAEvent begin = new CUDAEvent(WITH_TIMING);
        CUDAEvent end = new CUDAEvent(WITH_TIMING);
        begin.record();
        for (int call = 0; call < CALLS; call++) {
            body.run();
        }
        end.record();
        end.synchronize();
        return begin.elapsed_time(end) / 1e3 / CALLS;
    }
}
