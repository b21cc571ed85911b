package dev.packtrain.training.engine;

import dev.packtrain.training.attention.PackAttention;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorScope;
import org.bytedeco.pytorch.Tensor;

/** The attention half of a block, from its norm to its output: one run, with what its backward pass needs. */
final class AttentionHalf implements AutoCloseable {
    private final DecoderBlock block;
    private final Cuts cuts;
    private final NormCut norm;
    private final HeadNorm queryNorm;
    private final HeadNorm keyNorm;
    private final Kept kept = new Kept();
    private Tensor qTHD;
    private Tensor kTGD;
    private Tensor vTGD;
    private PackAttention.Forward attended;

    AttentionHalf(DecoderBlock block, Cuts cuts) {
        this.block = block;
        this.cuts = cuts;
        this.norm = new NormCut(cuts.ops(), block.attentionNorm());
        this.queryNorm = new HeadNorm(cuts.ops(), block.queryNorm());
        this.keyNorm = new HeadNorm(cuts.ops(), block.keyNorm());
    }

    /** Attention of a layer. */
    @FunctionalInterface
    interface Attend {
        PackAttention.Forward attend(Tensor qTHD, Tensor kTGD, Tensor vTGD);
    }

    Residual forward(Residual in, Attend attend) {
        Tensor branch = TensorScope.one(() -> {
            Tensor[] qkv = block.projections().apply(cuts.whole(norm.forward(in)));
            qTHD = kept.keep(queryNorm.forward(heads(qkv[0])));
            kTGD = kept.keep(keyNorm.forward(heads(qkv[1])));
            vTGD = kept.keep(heads(qkv[2]));
            cuts.ops().rope(qTHD, cuts.rotary(), false);
            cuts.ops().rope(kTGD, cuts.rotary(), false);
            attended = attend.attend(qTHD, kTGD, vTGD);
            kept.keep(attended.oTHD());
            attended.saved().forEach(kept::keep);
            return cuts.sum(block.attentionOutput().apply(sideBySide(attended.oTHD()))[0]);
        });
        return new Residual(norm.stream(), branch);
    }

    /** Turns the gradient of the stream behind this half into that before it, in place, and frees what was kept. */
    void backward(PackAttention attention, Tensor gradTE) {
        TensorScope.run(() -> {
            Tensor gradY = TensorScope.one(() -> {
                Tensor dO = block.attentionOutput().backward(sideBySide(attended.oTHD()), cuts.whole(gradTE));
                PackAttention.Gradients d = attention.backward(heads(dO), qTHD, kTGD, vTGD, attended);
                kept.close();
                Tensor[] gradients = {
                    sideBySide(queryNorm.backward(unturned(d.qTHD()))),
                    sideBySide(keyNorm.backward(unturned(d.kTGD()))),
                    sideBySide(d.vTGD())
                };
                return cuts.sum(block.projections().backward(cuts.whole(norm.again()), gradients));
            });
            norm.backward(gradY, gradTE);
        });
        close();
    }

    /** The gradient before the rotation; kernels may give gradients in any layout. */
    private Tensor unturned(Tensor gradTHD) {
        Tensor grad = gradTHD.contiguous();
        cuts.ops().rope(grad, cuts.rotary(), true);
        return grad;
    }

    private Tensor heads(Tensor xTO) {
        return xTO.view(xTO.size(0), xTO.size(1) / block.headDim(), block.headDim());
    }

    private static Tensor sideBySide(Tensor xTHD) {
        return xTHD.reshape(xTHD.size(0), xTHD.size(1) * xTHD.size(2));
    }

    @Override
    public void close() {
        kept.close();
        queryNorm.close();
        keyNorm.close();
        norm.close();
    }
}
