package dev.packtrain.training.peft;

import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.model.Parameter;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * MoRA (Jiang et al. 2024, arXiv 2405.12130) with rotations (section 3.2, formula 9): x is cut into n pieces of length r̂, piece
 * i is turned by i as rotary positions turn a query, every piece is multiplied by the square matrix M, and the results stand
 * side by side. Where pieces do not fill the inputs, x begins again; where there are too few outputs, these do.
 *
 * @param square M, {@code [r̂, r̂]}, zero in the beginning
 * @param numIn I
 * @param numOut O
 * @param cosNR of the angles {@code i · 10000^(−2j/r̂)}
 * @param sinNR of the same
 */
record MoraBranch(Parameter square, long numIn, long numOut, Tensor cosNR, Tensor sinNR) implements Branch {
    private static final double THETA = 10000;

    /** Unit vectors that are mapped at once to find ΔW. */
    private static final long COLUMNS = 1024;

    /** r̂: as many numbers as A and B of LoRA have at this rank, {@code √((I + O)·R)} rounded and made even. */
    static int side(long numIn, long numOut, int rank) {
        int side = (int) (Math.sqrt((double) (numIn + numOut) * rank) + 0.5);
        return Math.max(2, side / 2 * 2);
    }

    /** With its tables, which {@code tensors} keeps. */
    static MoraBranch of(Parameter square, long numIn, long numOut, AdapterTensors tensors) {
        long side = square.tensor().size(0);
        long pieces = (numIn + side - 1) / side;
        Tensor like = square.tensor();
        return new MoraBranch(
                square,
                numIn,
                numOut,
                tensors.keep(like, () -> angles(like, pieces, side)
                        .cos()
                        .to(like.scalar_type().intern())),
                tensors.keep(like, () -> angles(like, pieces, side)
                        .sin()
                        .to(like.scalar_type().intern())));
    }

    private static Tensor angles(Tensor like, long pieces, long side) {
        float[] angles = new float[Math.toIntExact(pieces * side)];
        for (int i = 0; i < angles.length; i++) {
            long pair = i % side % (side / 2);
            long piece = i / side;
            angles[i] = (float) (piece * Math.pow(THETA, -2.0 * pair / side));
        }
        return TensorFactory.like(like).floats(angles).view(pieces, side);
    }

    @Override
    public Tensor apply(Tensor xTI) {
        long pieces = cosNR.size(0);
        long side = cosNR.size(1);
        Tensor xTNR = repeated(xTI, pieces * side).view(-1, pieces, side);
        Tensor firstTNR = xTNR.narrow(2, 0, side / 2);
        Tensor secondTNR = xTNR.narrow(2, side / 2, side / 2);
        Tensor quarterTNR = torch.cat(new TensorVector(secondTNR.neg(), firstTNR), 2);
        Tensor turnedTNR = xTNR.mul(cosNR).add(quarterTNR.mul(sinNR));
        Tensor outTNR = torch.linear(turnedTNR, square.tensor());
        return repeated(outTNR.view(-1, pieces * side), numOut);
    }

    /** The first {@code wanted} columns of the matrix followed by itself. */
    private static Tensor repeated(Tensor matrix, long wanted) {
        long columns = matrix.size(1);
        if (columns >= wanted) {
            return columns == wanted ? matrix : matrix.narrow(1, 0, wanted);
        }
        return matrix.repeat(1, (wanted + columns - 1) / columns)
                .narrow(1, 0, wanted)
                .contiguous();
    }

    /** ΔW, {@code [O, I]}. */
    Tensor changeOI() {
        return TensorScope.one(() -> {
            List<Tensor> columns = new ArrayList<>();
            for (long from = 0; from < numIn; from += COLUMNS) {
                long first = from;
                long count = Math.min(COLUMNS, numIn - from);
                columns.add(
                        TensorScope.one(() -> apply(unitRows(first, count)).t().contiguous()));
            }
            return torch.cat(new TensorVector(columns.toArray(Tensor[]::new)), 1);
        });
    }

    private Tensor unitRows(long from, long count) {
        Tensor rows = TensorFactory.like(cosNR).zeros(cosNR.scalar_type().intern(), count, numIn);
        rows.narrow(1, from, count).diagonal().fill_(new Scalar(1));
        return rows;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(square);
    }
}
