package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.GradientMode;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.Tensors;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** MoRA against its paper, piece by piece. */
class MoraFormulaTest {
    private static final int TOKENS = 9;
    private static final int IN = 10;

    private final Dropout none = new Dropout(0, 1, 0, new TrainingPass(5));

    @BeforeEach
    void start() {
        TorchRuntime.start(1);
    }

    /** Formula 9 of arXiv 2405.12130, piece by piece, each turned by {@code i · 10000^(−2j/r̂)} in the planes (j, j + r̂/2). */
    @ParameterizedTest
    @CsvSource({"4, 10", "2, 4", "6, 20", "4, 8"})
    void mora(int side, int numOut) {
        TensorScope.run(() -> {
            Parameter square = PaperFormulasTest.parameter("m", 2, true, side, side);
            try (AdapterTensors tables = new AdapterTensors(0, Optional.empty())) {
                MoraBranch branch = MoraBranch.of(square, IN, numOut, tables);
                double[] x =
                        IntStream.range(0, IN).mapToDouble(i -> Math.sin(i + 1)).toArray();
                double[] pieces = pieces(x, square, side);
                double[] got = new double[numOut];
                mapped(branch, doubles(x).view(1, IN)).data_ptr_double().get(got);
                for (int o = 0; o < numOut; o++) {
                    assertThat(got[o]).as("output %d", o).isCloseTo(pieces[o % pieces.length], within(1e-6));
                }
                Tensor xTI = PaperFormulasTest.random(4, TOKENS, IN);
                assertThat(Tensors.relativeError(xTI.mm(branch.changeOI().t()), mapped(branch, xTI)))
                        .as("ΔW")
                        .isLessThan(1e-12);
                PaperFormulasTest.Base base = PaperFormulasTest.base(numOut);
                Tensor changesEW = changes(branch);
                PaperFormulasTest.assertIs(new BranchLinear(base, branch, none), List.of(square), in -> {
                    Tensor changeOI = in[1].view(1, -1).mm(changesEW).view(numOut, IN);
                    return new Tensor[] {base.apply(in[0]).add(in[0].mm(changeOI.t()))};
                });
            }
            assertThat(MoraBranch.side(4096, 4096, 8)).isEqualTo(256);
            assertThat(MoraBranch.side(24, 20, 2)).isEqualTo(8);
        });
    }

    private static Tensor mapped(MoraBranch branch, Tensor xTI) {
        return GradientMode.off(() -> {
            Tensor yTO = torch.zeros(xTI.size(0), branch.numOut()).to(ScalarType.Double);
            branch.addTo(yTO, xTI);
            return yTO;
        });
    }

    /** ΔW is linear in M: what every element of M alone makes of it, {@code [elements, O·I]}. */
    private static Tensor changes(MoraBranch branch) {
        long side = branch.square().tensor().size(0);
        Tensor unitsERR = torch.eye(side * side).to(ScalarType.Double).view(-1, side, side);
        TensorVector changes = new TensorVector();
        for (long e = 0; e < side * side; e++) {
            Parameter unit = new Parameter("m", unitsERR.select(0, e), false);
            MoraBranch of = new MoraBranch(unit, IN, branch.numOut(), branch.cosNR(), branch.sinNR());
            changes.push_back(of.changeOI().reshape(-1));
        }
        return torch.stack(changes);
    }

    private static Tensor doubles(double[] values) {
        Tensor tensor = torch.zeros(values.length).to(ScalarType.Double);
        tensor.data_ptr_double().put(values);
        return tensor;
    }

    private static double[] pieces(double[] x, Parameter square, int side) {
        int numPieces = (x.length + side - 1) / side;
        double[] matrix = new double[side * side];
        square.tensor().data_ptr_double().get(matrix);
        double[] out = new double[numPieces * side];
        for (int piece = 0; piece < numPieces; piece++) {
            double[] turned = new double[side];
            for (int j = 0; j < side / 2; j++) {
                double angle = piece * Math.pow(10000, -2.0 * j / side);
                double first = x[(piece * side + j) % x.length];
                double second = x[(piece * side + j + side / 2) % x.length];
                turned[j] = first * Math.cos(angle) - second * Math.sin(angle);
                turned[j + side / 2] = second * Math.cos(angle) + first * Math.sin(angle);
            }
            for (int o = 0; o < side; o++) {
                for (int i = 0; i < side; i++) {
                    out[piece * side + o] += matrix[o * side + i] * turned[i];
                }
            }
        }
        return out;
    }
}
