package dev.packtrain.training.collectives;

import java.time.Duration;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.global.torch_gloo;

/** Collectives over TCP on CPU tensors: libtorch's Gloo backend. */
public final class GlooProcessGroup extends BackendProcessGroup {
    /**
     * Joins; returns when every rank is connected to every other.
     *
     * @param store closed together with the group
     * @param rank this process, 0-based
     * @param size number of ranks, at least 2
     * @param host address of this host on which the others reach it
     * @param timeout deadline of joining and of every collective
     */
    public GlooProcessGroup(RankStore store, int rank, int size, String host, Duration timeout) {
        this(new Member("world", store, rank, size, timeout), options(host, timeout));
    }

    /**
     * Joins a group of some ranks.
     *
     * @param member closed together with the group
     * @param host address of this host on which the others reach it
     */
    GlooProcessGroup(Member member, String host) {
        this(member, options(host, member.timeout()));
    }

    private GlooProcessGroup(Member member, ProcessGroupGloo.Options options) {
        super(
                member,
                options,
                () -> new ProcessGroupGloo(member.store().torch(), member.rank(), member.size(), options));
    }

    private static ProcessGroupGloo.Options options(String host, Duration timeout) {
        Loader.load(torch_gloo.class);
        ProcessGroupGloo.Options options = new ProcessGroupGloo.Options(new Milliseconds(timeout.toMillis()));
        options.devices(new GlooDeviceVector(ProcessGroupGloo.createDeviceForHostname(host)));
        return options;
    }
}
