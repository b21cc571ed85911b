package dev.packtrain.training.collectives;

import java.time.Duration;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.global.torch_nccl;
import org.bytedeco.pytorch.nccl.ProcessGroupNCCL;

/**
 * Collectives between GPUs: libtorch's NCCL backend. Needs the {@code gpu} build. Unproven: it compiles against the
 * presets, but has not run between GPUs yet.
 */
public final class NcclProcessGroup extends BackendProcessGroup {
    /**
     * Joins.
     *
     * @param store closed together with the group
     * @param rank this process, 0-based
     * @param size number of ranks
     * @param timeout deadline of joining and of every collective
     */
    public NcclProcessGroup(RankStore store, int rank, int size, Duration timeout) {
        this(new Member("world", store, rank, size, timeout));
    }

    /** Joins a group of some ranks. */
    NcclProcessGroup(Member member) {
        this(member, options(member.timeout()));
    }

    private NcclProcessGroup(Member member, ProcessGroupNCCL.Options options) {
        super(
                member,
                options,
                () -> new ProcessGroupNCCL(member.store().torch(), member.rank(), member.size(), options));
    }

    private static ProcessGroupNCCL.Options options(Duration timeout) {
        Loader.load(torch_nccl.class);
        ProcessGroupNCCL.Options options = new ProcessGroupNCCL.Options();
        options.timeout(new Milliseconds(timeout.toMillis()));
        return options;
    }
}
