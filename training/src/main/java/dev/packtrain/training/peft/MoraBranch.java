package dev.packtrain.training.peft;

import dev.packtrain.training.device.LeafGradient;
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
 * <p>Turning is linear, so it is M that is turned, once for every piece, and not the pieces of every token. With P_i what turns
 * piece i, the products are
 *
 * <pre>
 *   M_i  = M P_i
 *   y_i += x_i M_iᵀ
 *   dx_i = dy_i M_i
 *   dM   = Σ_i (dy_iᵀ x_i) P_iᵀ
 * </pre>
 *
 * <p>on columns of x and y where they are. Pieces whose results no output takes are not computed.
 *
 * @param square M, {@code [r̂, r̂]}, zero in the beginning
 * @param numIn I
 * @param numOut O
 * @param cosNR of the angles {@code i · 10000^(−2j/r̂)} of the pieces that are computed; fp32 (fp64 in a model of fp64)
 * @param sinNR of the same
 */
record MoraBranch(Parameter square, long numIn, long numOut, Tensor cosNR, Tensor sinNR) implements Branch {
    private static final double THETA = 10000;

    /** Unit vectors that are mapped at once to find ΔW. */
    private static final long COLUMNS = 1024;

    /**
     * Columns of a piece that stand side by side in a matrix too.
     *
     * @param column the first, in the matrix
     * @param place the first, in the piece
     * @param length how many
     */
    private record Run(long column, long place, long length) {
        Tensor of(Tensor matrix) {
            return matrix.narrow(1, column, length);
        }

        Tensor ofPiece(Tensor piece) {
            return piece.narrow(1, place, length);
        }
    }

    /** r̂: as many numbers as A and B of LoRA have at this rank, {@code √((I + O)·R)} rounded and made even. */
    static int side(long numIn, long numOut, int rank) {
        int side = (int) (Math.sqrt((double) (numIn + numOut) * rank) + 0.5);
        return Math.max(2, side / 2 * 2);
    }

    /** With its tables, which {@code tensors} keeps. */
    static MoraBranch of(Parameter square, long numIn, long numOut, AdapterTensors tensors) {
        Tensor like = square.tensor();
        long side = like.size(0);
        long pieces = Math.min(pieces(numIn, side), pieces(numOut, side));
        return new MoraBranch(
                square,
                numIn,
                numOut,
                tensors.keep(like, () -> angles(like, pieces, side).cos().to(DoraAdaptation.wide(like))),
                tensors.keep(like, () -> angles(like, pieces, side).sin().to(DoraAdaptation.wide(like))));
    }

    /** How many it takes to cover so many columns. */
    private static long pieces(long columns, long side) {
        return (columns + side - 1) / side;
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
    public void addTo(Tensor yTO, Tensor xTI) {
        Tensor turnedNRR = turnedNRR();
        for (int i = 0; i < cosNR.size(0); i++) {
            List<Run> outputs = outputs(i);
            Tensor matrixRR = turnedNRR.select(0, i).narrow(0, 0, outputs.get(0).length());
            Tensor pieceTR = piece(xTI, inputs(i));
            if (outputs.size() == 1) {
                outputs.get(0).of(yTO).addmm_(pieceTR, matrixRR.t());
            } else {
                Tensor resultTR = pieceTR.mm(matrixRR.t());
                outputs.forEach(run -> run.of(yTO).add_(run.ofPiece(resultTR)));
            }
        }
    }

    @Override
    public void backward(Tensor xTI, Tensor gradTO, Tensor gradTI) {
        Tensor turnedNRR = turnedNRR();
        Tensor gradNRR = torch.zeros_like(turnedNRR);
        for (int i = 0; i < cosNR.size(0); i++) {
            List<Run> outputs = outputs(i);
            List<Run> inputs = inputs(i);
            Tensor resultTR = sum(gradTO, outputs);
            gradNRR.select(0, i).narrow(0, 0, resultTR.size(1)).addmm_(resultTR.t(), piece(xTI, inputs));
            Tensor matrixRR = turnedNRR.select(0, i).narrow(0, 0, resultTR.size(1));
            if (inputs.size() == 1) {
                inputs.get(0).of(gradTI).addmm_(resultTR, matrixRR);
            } else {
                Tensor pieceTR = resultTR.mm(matrixRR);
                inputs.forEach(run -> run.of(gradTI).add_(run.ofPiece(pieceTR)));
            }
        }
        LeafGradient.of(square.tensor()).add_(turned(gradNRR, -1).sum(0));
    }

    /** {@code M P_i} of the pieces that are computed, in the dtype of M. */
    private Tensor turnedNRR() {
        Tensor matrix = square.tensor();
        return turned(matrix.unsqueeze(0), 1).to(matrix.scalar_type().intern());
    }

    /** Matrices times {@code P_i}, with a sign of −1 times {@code P_iᵀ}; {@code [N, r̂, r̂]}, wide. */
    private Tensor turned(Tensor matricesNRR, int sign) {
        long half = cosNR.size(1) / 2;
        Tensor wideNRR = matricesNRR.to(cosNR.scalar_type().intern());
        Tensor quarterNRR = torch.cat(
                new TensorVector(
                        wideNRR.narrow(2, half, half),
                        wideNRR.narrow(2, 0, half).neg()),
                2);
        return wideNRR.mul(cosNR.unsqueeze(1)).add_(quarterNRR.mul(sinNR.unsqueeze(1)), new Scalar(sign));
    }

    /** Where piece i is in the inputs: in one run, unless x begins again in it. */
    private List<Run> inputs(int i) {
        long side = cosNR.size(1);
        List<Run> runs = new ArrayList<>();
        for (long place = 0; place < side; ) {
            long column = (i * side + place) % numIn;
            long length = Math.min(side - place, numIn - column);
            runs.add(new Run(column, place, length));
            place += length;
        }
        return runs;
    }

    /** Where the result of piece i is in the outputs, as often as it is there; the first is the longest. */
    private List<Run> outputs(int i) {
        long side = cosNR.size(1);
        long period = pieces(numIn, side) * side;
        List<Run> runs = new ArrayList<>();
        for (long column = i * side; column < numOut; column += period) {
            runs.add(new Run(column, 0, Math.min(side, numOut - column)));
        }
        return runs;
    }

    private static Tensor piece(Tensor matrix, List<Run> runs) {
        return runs.size() == 1
                ? runs.get(0).of(matrix)
                : torch.cat(
                        new TensorVector(
                                runs.stream().map(run -> run.of(matrix)).toArray(Tensor[]::new)),
                        1);
    }

    /** Of runs of outputs: what the result of a piece went to. */
    private static Tensor sum(Tensor gradTO, List<Run> runs) {
        Tensor first = runs.get(0).of(gradTO);
        if (runs.size() == 1) {
            return first;
        }
        Tensor sumTR = first.clone();
        runs.stream().skip(1).forEach(run -> run.ofPiece(sumTR).add_(run.of(gradTO)));
        return sumTR;
    }

    /** ΔW, {@code [O, I]}. */
    Tensor changeOI() {
        Tensor like = square.tensor();
        return TensorScope.one(() -> {
            List<Tensor> columns = new ArrayList<>();
            for (long from = 0; from < numIn; from += COLUMNS) {
                long first = from;
                long count = Math.min(COLUMNS, numIn - from);
                columns.add(TensorScope.one(() -> {
                    Tensor rows =
                            TensorFactory.like(like).zeros(like.scalar_type().intern(), count, numOut);
                    addTo(rows, unitRows(first, count));
                    return rows.t().contiguous();
                }));
            }
            return torch.cat(new TensorVector(columns.toArray(Tensor[]::new)), 1);
        });
    }

    private Tensor unitRows(long from, long count) {
        Tensor rows = TensorFactory.like(square.tensor())
                .zeros(square.tensor().scalar_type().intern(), count, numIn);
        rows.narrow(1, from, count).diagonal().fill_(new Scalar(1));
        return rows;
    }

    @Override
    public List<Parameter> parameters() {
        return List.of(square);
    }
}
