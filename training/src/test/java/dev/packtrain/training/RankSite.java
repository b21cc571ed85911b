package dev.packtrain.training;

import dev.packtrain.training.collectives.GroupFactory;
import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.collectives.RankStore;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.launch.LineProtocol;
import dev.packtrain.training.launch.Rendezvous;
import dev.packtrain.training.launch.TrainerEvent;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.mesh.MeshGroups;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.stream.Stream;

/** Where a {@link RankTask} runs: one rank of a case. */
public final class RankSite implements AutoCloseable {
    private final ParentLink parent;
    private final int rank;
    private final int worldSize;
    private final Duration timeout;
    private final Deque<AutoCloseable> toClose = new ArrayDeque<>();

    RankSite(ParentLink parent, int rank, int worldSize, Duration timeout) {
        this.parent = parent;
        this.rank = rank;
        this.worldSize = worldSize;
        this.timeout = timeout;
    }

    /** This process among those of the case, 0-based. */
    public int rank() {
        return rank;
    }

    /** Number of processes of the case. */
    public int worldSize() {
        return worldSize;
    }

    /** Deadline for whatever waits for other ranks. */
    public Duration timeout() {
        return timeout;
    }

    /** This rank's groups along the axes of a mesh; to be asked for once, on every rank. They are closed after the task. */
    public MeshGroups groups(DeviceMesh mesh) throws InterruptedException {
        RankStore listening = rank == 0 ? RankStore.listen(MeshLab.HOST, timeout) : null;
        parent.send(new TrainerEvent.Ready(listening == null ? 0 : listening.port()));
        Rendezvous rendezvous = LineProtocol.rendezvous(parent.nextLine("rendezvous", timeout));
        RankStore store =
                listening != null ? listening : RankStore.connect(rendezvous.host(), rendezvous.port(), timeout);
        GroupFactory factory = GroupFactory.of(store, rank, worldSize, MeshLab.HOST, ComputeDevice.CPU, timeout);
        toClose.push(factory);
        MeshGroups groups = MeshGroups.join(mesh, factory.world(), factory::group);
        toClose.push(groups);
        return groups;
    }

    /** A group of all ranks, instead of {@link #groups}. */
    public ProcessGroup world() throws InterruptedException {
        return groups(new DeviceMesh(worldSize, 1, 1)).world();
    }

    /** A new directory of this rank's own, which is deleted after the task. */
    Path directory() throws IOException {
        Path directory = Files.createTempDirectory("rank-" + rank + "-");
        toClose.push(() -> deleteAll(directory));
        return directory;
    }

    /** Deletes a directory and what is in it. */
    static void deleteAll(Path directory) throws IOException {
        try (Stream<Path> tree = Files.walk(directory)) {
            for (Path path : tree.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }

    ParentLink parent() {
        return parent;
    }

    @Override
    public void close() throws Exception {
        while (!toClose.isEmpty()) {
            toClose.pop().close();
        }
    }
}
