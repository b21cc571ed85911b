package dev.packtrain.training.collectives;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import java.time.Duration;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.global.torch_nccl;
import org.bytedeco.pytorch.nccl.ProcessGroupNCCL;

/** Ranks with a GPU each, over libtorch's NCCL backend. Needs the {@code gpu} build; has not run between GPUs yet. */
final class Nccl {
    // The watch is to be the first that gives up, because it knows why.
    private static final Duration MARGIN = Duration.ofSeconds(60);

    private Nccl() {}

    /**
     * Joins.
     *
     * @param meeting at which all ranks are known to be, each with a GPU of its own
     * @param gpu this rank's
     */
    static Transport connect(GroupMeeting meeting, ComputeDevice gpu) {
        Loader.load(torch_nccl.class);
        ProcessGroupNCCL.Options options = new ProcessGroupNCCL.Options();
        options.timeout(new Milliseconds(meeting.timeout().plus(MARGIN).toMillis()));
        try {
            ProcessGroupNCCL nccl =
                    new ProcessGroupNCCL(meeting.store().torch(), meeting.rank(), meeting.size(), options);
            return new BackendTransport("NCCL", nccl, options, new TensorFactory(gpu), meeting);
        } catch (RuntimeException e) {
            options.close();
            throw new PeerLostException(
                    "NCCL could not connect the %d ranks: %s.".formatted(meeting.size(), TorchMessage.firstLine(e)), e);
        }
    }
}
