package dev.packtrain.training.engine;

import dev.packtrain.training.attention.PackAttention;
import dev.packtrain.training.device.Kept;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;

/** The attention half of a block, from its norm to its output: one run, with what its backward pass needs. */
final class AttentionHalf implements AutoCloseable {
    private final DecoderBlock block;
    private final Cuts cuts;
    private final NormCut norm;
    private final HeadNorm queryNorm;
    private final HeadNorm keyNorm;
    private final BranchCut adapter;
    private final Kept projected = new Kept();
    private final Kept output = new Kept();
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
        this.adapter = new BranchCut(block.attentionAdapter());
    }

    /** Attention of a layer. */
    @FunctionalInterface
    interface Attend {
        PackAttention.Forward attend(Tensor qTHD, Tensor kTGD, Tensor vTGD);
    }

    Residual forward(Residual in, Attend attend) {
        Tensor branch = TensorScope.one(() -> {
            project(cuts.whole(norm.forward(in)));
            attend(attend);
            return branch();
        });
        return new Residual(norm.stream(), branch);
    }

    private void project(Tensor yTE) {
        Tensor[] qkv = block.projections().apply(yTE);
        qTHD = projected.keep(queryNorm.forward(heads(qkv[0])));
        kTGD = projected.keep(keyNorm.forward(heads(qkv[1])));
        vTGD = projected.keep(heads(qkv[2]));
        cuts.ops().rope(qTHD, cuts.rotary(), false);
        cuts.ops().rope(kTGD, cuts.rotary(), false);
    }

    private void attend(Attend attend) {
        attended = attend.attend(qTHD, kTGD, vTGD);
        output.keep(attended.oTHD());
        attended.saved().forEach(output::keep);
    }

    private Tensor branch() {
        return adapter.forward(cuts.sum(block.attentionOutput().apply(sideBySide(attended.oTHD()))[0]));
    }

    /** Frees what the backward pass is to make again. */
    void forget(Recompute recompute) {
        switch (recompute) {
            case NONE -> {}
            case CORE_ATTN -> forgetOutput();
            case FULL_ATTN -> {
                forgetOutput();
                forgetProjected();
            }
            case FULL -> {
                forgetOutput();
                forgetProjected();
                adapter.close();
            }
        }
    }

    private void forgetOutput() {
        output.close();
        attended = null;
    }

    private void forgetProjected() {
        projected.close();
        queryNorm.close();
        keyNorm.close();
        qTHD = null;
    }

    /** Makes again what was forgotten: the same bits, from what is left. */
    private void remember(PackAttention attention) {
        if (qTHD == null) {
            TensorScope.run(() -> project(cuts.whole(norm.again())));
        }
        if (attended == null) {
            TensorScope.run(() -> attend(attention::forward));
        }
    }

    /** What {@link #forward} gave, again. */
    Residual again(PackAttention attention) {
        remember(attention);
        return new Residual(norm.stream(), TensorScope.one(this::branch));
    }

    /** Turns the gradient of the stream behind this half into that before it, in place, and frees what was kept. */
    void backward(PackAttention attention, Tensor gradTE) {
        remember(attention);
        TensorScope.run(() -> {
            Tensor gradY = TensorScope.one(() -> {
                Tensor[] gradients = gradientsOfProjected(attention, gradTE);
                return cuts.sum(block.projections().backward(cuts.whole(norm.again()), gradients));
            });
            norm.backward(gradY, gradTE);
        });
        close();
    }

    /**
     * {@link #backward} where nothing before this half is trained, so that nobody wants the gradient of the stream there: it is
     * neither computed nor added up over the ranks.
     *
     * @param gradTE of the stream behind this half; afterwards it means nothing
     */
    void endBackward(PackAttention attention, Tensor gradTE) {
        if (norm.isTrained()) {
            backward(attention, gradTE);
            return;
        }
        remember(attention);
        TensorScope.run(() -> {
            Tensor[] gradients = gradientsOfProjected(attention, gradTE);
            block.projections().addGradients(cuts.whole(norm.again()), gradients);
        });
        close();
    }

    /** Gradients of what {@link DecoderBlock#projections} gave; frees all that was kept but the norm's. */
    private Tensor[] gradientsOfProjected(PackAttention attention, Tensor gradTE) {
        return TensorScope.many(() -> {
            Tensor gradBranchTE = cuts.whole(adapter.backward(gradTE));
            adapter.close();
            Tensor dO = block.attentionOutput().backward(sideBySide(attended.oTHD()), gradBranchTE);
            PackAttention.Gradients d = attention.backward(heads(dO), qTHD, kTGD, vTGD, attended);
            output.close();
            projected.close();
            return new Tensor[] {
                sideBySide(queryNorm.backward(unturned(d.qTHD()))),
                sideBySide(keyNorm.backward(unturned(d.kTGD()))),
                sideBySide(d.vTGD())
            };
        });
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

    Stream<Kept> kept() {
        return Stream.of(norm.kept(), projected, output, queryNorm.kept(), keyNorm.kept(), adapter.kept());
    }

    @Override
    public void close() {
        adapter.close();
        output.close();
        projected.close();
        queryNorm.close();
        keyNorm.close();
        norm.close();
    }
}
