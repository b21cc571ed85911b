package dev.packtrain.training.collectives;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.chrono.Milliseconds;
import org.bytedeco.pytorch.GlooDeviceVector;
import org.bytedeco.pytorch.ProcessGroupGloo;
import org.bytedeco.pytorch.global.torch_gloo;

/** What ranks with GPUs do over NCCL, done over Gloo's collectives: the same code, with a backend that needs no GPU. */
class BackendProcessGroupTest extends ProcessGroupContract {
    @Override
    GroupFactory link(GroupFactory factory) {
        return factory.over(BackendProcessGroupTest::gloo);
    }

    private static Transport gloo(GroupMeeting meeting) {
        Loader.load(torch_gloo.class);
        ProcessGroupGloo.Options options = new ProcessGroupGloo.Options(new Milliseconds(TIMEOUT.toMillis()));
        options.devices(new GlooDeviceVector(ProcessGroupGloo.createDeviceForHostname(RankThreads.HOST)));
        ProcessGroupGloo gloo = new ProcessGroupGloo(meeting.store().torch(), meeting.rank(), meeting.size(), options);
        return new BackendTransport("Gloo's collectives", gloo, options, new TensorFactory(ComputeDevice.CPU), meeting);
    }
}
