package dev.packtrain.jobs.bench;

import dev.packtrain.packing.PackedDataset;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.model.CausalLM;
import dev.packtrain.training.model.DecoderBuilder;
import dev.packtrain.training.model.DecoderConfig;
import dev.packtrain.training.model.LossSum;
import dev.packtrain.training.peft.AdapterDirectory;
import dev.packtrain.training.peft.Adapters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The loss of what a run has written, read again as anybody would: a model directory, or an adapter and its base. */
record DevLoss(Path data, int numThreads, ScalarType dtype) {
    /** Mean over all label tokens, in nats. */
    double of(Path trained, Path base) throws IOException {
        TorchRuntime.start(numThreads);
        try (PackedDataset packs = PackedDataset.open(data);
                CausalLM model = open(trained, base)) {
            LossSum sum = LossSum.ZERO;
            for (long pack = 0; pack < packs.numPacks(); pack++) {
                sum = sum.plus(model.evaluate(packs.get(pack)));
            }
            return sum.sum() / sum.numLabelTokens();
        }
    }

    private CausalLM open(Path trained, Path base) {
        return AdapterDirectory.is(trained)
                ? Adapters.read(AdapterDirectory.open(trained)).load(builder(base), base)
                : builder(trained).load(trained);
    }

    private DecoderBuilder builder(Path modelDir) {
        return new DecoderBuilder(DecoderConfig.read(modelDir, Map.of())).dtype(dtype);
    }
}
