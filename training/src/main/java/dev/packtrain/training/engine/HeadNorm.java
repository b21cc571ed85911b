package dev.packtrain.training.engine;

import dev.packtrain.training.device.Kept;
import dev.packtrain.training.fused.FusedOps;
import dev.packtrain.training.fused.NormScale;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** The norm of every head's query or key (Qwen3), or nothing where a model has none. Keeps what was normed. */
final class HeadNorm implements AutoCloseable {
    private final FusedOps ops;
    private final Optional<NormScale> scale;
    private final Kept kept = new Kept();
    private Tensor inputRD;
    private Tensor rstdR;

    HeadNorm(FusedOps ops, Optional<NormScale> scale) {
        this.ops = ops;
        this.scale = scale;
    }

    /** The norm of every head, a new tensor, or {@code xTHD} itself. */
    Tensor forward(Tensor xTHD) {
        if (scale.isEmpty()) {
            return xTHD;
        }
        inputRD = kept.keep(rows(xTHD));
        FusedOps.Normed normed = ops.norm(inputRD, scale.get());
        rstdR = kept.keep(normed.rstd());
        return normed.y().view(xTHD.size(0), xTHD.size(1), xTHD.size(2));
    }

    /** Gradient of what {@link #forward} was given. */
    Tensor backward(Tensor gradTHD) {
        if (scale.isEmpty()) {
            return gradTHD;
        }
        Tensor gradRD = torch.zeros_like(inputRD);
        ops.normGrad(rows(gradTHD), inputRD, rstdR, scale.get(), gradRD);
        return gradRD.view(gradTHD.size(0), gradTHD.size(1), gradTHD.size(2));
    }

    private static Tensor rows(Tensor xTHD) {
        return xTHD.contiguous().view(xTHD.size(0) * xTHD.size(1), xTHD.size(2));
    }

    Kept kept() {
        return kept;
    }

    @Override
    public void close() {
        kept.close();
    }
}
