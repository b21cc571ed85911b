package dev.packtrain.training.fused;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Plain libtorch operations, on any device: the reference for the kernels. */
final class TorchFusedOps implements FusedOps {
    @Override
    public Normed norm(Tensor xTE, NormScale scale) {
        Tensor[] results = TensorScope.many(() -> {
            Tensor x = wide(xTE);
            Tensor rstd = mean(x.square()).add(new Scalar(scale.eps())).rsqrt();
            return new Tensor[] {x.mul(rstd).mul(wide(scale.weight())).to(dtype(xTE)), rstd.squeeze(1)};
        });
        return new Normed(results[0], results[1]);
    }

    @Override
    public Normed addNorm(Tensor xTE, Tensor branchTE, NormScale scale) {
        branchTE.add_(xTE);
        return norm(branchTE, scale);
    }

    @Override
    public Tensor renorm(Tensor xTE, Tensor rstd, NormScale scale) {
        return TensorScope.one(
                () -> wide(xTE).mul(rstd.unsqueeze(1)).mul(wide(scale.weight())).to(dtype(xTE)));
    }

    @Override
    public void normGrad(Tensor gradTE, Tensor xTE, Tensor rstd, NormScale scale, Tensor sumTE) {
        TensorScope.run(() -> {
            Tensor grad = wide(gradTE);
            Tensor normed = wide(xTE).mul(rstd.unsqueeze(1));
            if (scale.weight().requires_grad()) {
                Tensor weightGrad = grad.mul(normed).sum(new long[] {0}, false, new ScalarTypeOptional());
                add(LeafGradient.of(scale.weight()), weightGrad);
            }
            Tensor gradNormed = grad.mul(wide(scale.weight()));
            Tensor mean = mean(gradNormed.mul(normed));
            add(sumTE, gradNormed.sub(normed.mul(mean)).mul(rstd.unsqueeze(1)));
        });
    }

    @Override
    public void rope(Tensor xTHD, RotaryTables tables, boolean transposed) {
        TensorScope.run(() -> {
            long half = xTHD.size(2) / 2;
            Tensor first = xTHD.narrow(2, 0, half);
            Tensor second = xTHD.narrow(2, half, half);
            Tensor cos = tables.cos().unsqueeze(1);
            Tensor sin = tables.sin().unsqueeze(1);
            Tensor signed = transposed ? sin.neg() : sin;
            Tensor turned = wide(first).mul(cos).sub(wide(second).mul(signed));
            second.copy_(wide(second).mul(cos).add(wide(first).mul(signed)));
            first.copy_(turned);
        });
    }

    @Override
    public Tensor swiglu(Tensor gateTI, Tensor upTI) {
        return TensorScope.one(() -> torch.silu(wide(gateTI)).mul(wide(upTI)).to(dtype(gateTI)));
    }

    @Override
    public void swigluGrad(Tensor gradTI, Tensor gateTI, Tensor upTI) {
        TensorScope.run(() -> {
            Tensor grad = wide(gradTI);
            Tensor gate = wide(gateTI);
            Tensor sigmoid = gate.sigmoid();
            Tensor silu = gate.mul(sigmoid);
            Tensor slope = sigmoid.add(silu.sub(silu.mul(sigmoid)));
            gateTI.copy_(grad.mul(wide(upTI)).mul(slope));
            upTI.copy_(grad.mul(silu));
        });
    }

    private static Tensor mean(Tensor xTE) {
        return xTE.mean(new long[] {1}, true, new ScalarTypeOptional());
    }

    private static void add(Tensor sum, Tensor term) {
        sum.copy_(wide(sum).add(term));
    }

    private static ScalarType dtype(Tensor x) {
        return x.scalar_type().intern();
    }

    private static Tensor wide(Tensor x) {
        return x.to(dtype(x) == ScalarType.Double ? ScalarType.Double : ScalarType.Float);
    }
}
