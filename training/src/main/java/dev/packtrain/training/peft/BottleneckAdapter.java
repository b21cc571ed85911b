package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.model.Parameter;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * {@code x + U σ(D x + b) + c} (Houlsby et al. 2019, arXiv 1902.00751, figure 2). With z = D x + b, s = σ(z) and g the gradient
 * of the result:
 *
 * <pre>
 *   dU = gᵀ s    dc = Σ g    dz = (g U) ∘ σ'(z)    dD = dzᵀ x    db = Σ dz    dx = g + dz D
 * </pre>
 *
 * @param down D, {@code [R, E]}
 * @param downBias b
 * @param up U, {@code [E, R]}
 * @param upBias c
 * @param swish whether σ is z · sigmoid(z), or max(z, 0)
 */
record BottleneckAdapter(Parameter down, Parameter downBias, Parameter up, Parameter upBias, boolean swish)
        implements Segment {
    List<Parameter> parameters() {
        return List.of(down, downBias, up, upBias);
    }

    @Override
    public Tensor[] apply(Tensor xTE) {
        return TensorScope.many(() -> {
            Tensor s = activated(inner(xTE));
            return new Tensor[] {
                torch.linear(s, up.tensor(), new TensorOptional(upBias.tensor()))
                        .add_(xTE)
            };
        });
    }

    private Tensor inner(Tensor xTE) {
        return torch.linear(xTE, down.tensor(), new TensorOptional(downBias.tensor()));
    }

    private Tensor activated(Tensor zTR) {
        return swish ? torch.silu(zTR) : torch.relu(zTR);
    }

    @Override
    public Tensor backward(Tensor xTE, Tensor... gradients) {
        Tensor g = gradients[0];
        return TensorScope.one(() -> {
            Tensor z = inner(xTE);
            LeafGradient.of(up.tensor()).addmm_(g.t(), activated(z));
            addRows(upBias, g);
            Tensor dS = g.mm(up.tensor());
            Tensor dZ = swish ? torch.silu_backward(dS, z) : dS.mul_(z.gt(new Scalar(0)));
            LeafGradient.of(down.tensor()).addmm_(dZ.t(), xTE);
            addRows(downBias, dZ);
            return g.addmm(dZ, down.tensor());
        });
    }

    /** Rows by the thousand: a sum in bf16 would lose the last ones. */
    private static void addRows(Parameter bias, Tensor gradTO) {
        ScalarType wide = gradTO.scalar_type().intern() == ScalarType.Double ? ScalarType.Double : ScalarType.Float;
        LeafGradient.of(bias.tensor()).add_(gradTO.sum(new long[] {0}, false, new ScalarTypeOptional(wide)));
    }
}
