package dev.packtrain.training.peft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.packtrain.packing.PackedSequence;
import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.engine.Segment;
import dev.packtrain.training.model.Packs;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import dev.packtrain.training.model.Tensors;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** LoReFT's formula, written out, its dropout, and what keeps R orthonormal. */
class LoreftFormulasTest {
    private static final int WIDTH = 6;
    private static final int RANK = 3;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    private static Tensor random(String name, long... shape) {
        return Initial.normal(5, name, TensorSplit.whole(shape)).to(ScalarType.Double);
    }

    private static Parameter parameter(String name, long... shape) {
        return new Parameter(name, random(name, shape).requires_grad_(true), true);
    }

    private static LoreftChange loreft(Dropout dropout) {
        return new LoreftChange(
                parameter("w", RANK, WIDTH),
                parameter("b", RANK),
                parameter("a", RANK, WIDTH),
                new PromptRows(),
                dropout);
    }

    private static Tensor rows() {
        return new TensorFactory(ComputeDevice.CPU).ints(new int[] {0, 2, 3, 5});
    }

    /** Φ(h) = h + Rᵀ(W h + b − R h), row by row. */
    @Test
    void loreft() {
        TensorScope.run(() -> {
            LoreftChange change = loreft(new Dropout(0, 0, 0, new TrainingPass(1)));
            Tensor h = random("h", 4, WIDTH);
            Tensor added = change.change(0, rows()).apply(h)[0];
            Tensor r = PolarFactor.of(change.rotation().tensor().detach()).qRE();
            assertThat(Tensors.maxError(r.mm(r.t()), torch.eye(RANK).to(ScalarType.Double)))
                    .isLessThan(1e-13);
            for (int row = 0; row < 4; row++) {
                Tensor x = h.select(0, row);
                Tensor inner = change.source()
                        .tensor()
                        .detach()
                        .mv(x)
                        .add(change.bias().tensor().detach())
                        .sub(r.mv(x));
                assertThat(Tensors.maxError(added.select(0, row), r.t().mv(inner)))
                        .isLessThan(1e-12);
            }
        });
    }

    /**
     * d(Φ(h)), each token with the mask that it has among all tokens of the pack, wherever the rows at hand begin; gradients are
     * those that autograd finds for the same masks.
     */
    @Test
    void loreftDropsOfWhatComesOfATokenAndItsGradient() {
        TrainingPass pass = new TrainingPass(3);
        Dropout dropout = new Dropout(1 << 14, 77, 0, pass);
        PackedSequence pack = Packs.of(new int[9], new int[9], new int[] {0, 4, 9}, 0);
        TensorScope.run(() -> {
            LoreftChange change = loreft(dropout);
            Tensor h = random("h", 4, WIDTH);
            Tensor plain = change.change(1, rows()).apply(h)[0];
            pass.begin(pack, h);
            Tensor all = dropout.kept(random("x", 9, WIDTH)).orElseThrow();
            Tensor mask = all.index_select(0, rows().add(new Scalar(1)))
                    .to(ScalarType.Double)
                    .mul(new Scalar(dropout.scale()));
            assertThat(mask.eq(new Scalar(0)).sum().item_long()).isBetween(1L, 4L * WIDTH - 1);
            Segment segment = change.change(1, rows());
            Tensor got = segment.apply(h)[0];
            assertThat(Tensors.maxError(got.add(h), plain.add(h).mul(mask))).isLessThan(1e-12);

            Tensor g = random("g", 4, WIDTH);
            Tensor gradient = segment.backward(h, g);
            double step = 1e-6;
            Tensor direction = random("d", 4, WIDTH);
            Tensor ahead = segment.apply(h.add(direction, new Scalar(step)))[0];
            Tensor behind = segment.apply(h.sub(direction, new Scalar(step)))[0];
            double slope = ahead.sub(behind).mul(g).sum().item_double() / (2 * step);
            assertThat(gradient.mul(direction).sum().item_double()).isCloseTo(slope, within(1e-6 * Math.abs(slope)));
            for (Parameter parameter : change.parameters()) {
                assertSlope(segment, h, g, parameter);
            }
            pass.end();
            assertThat(change.change(1, rows()).apply(h)[0].equal(plain)).isTrue();
        });
    }

    private static void assertSlope(Segment segment, Tensor h, Tensor g, Parameter parameter) {
        Tensor values = parameter.tensor().detach();
        Tensor gradient = parameter.tensor().grad();
        double norm = gradient.norm().item_double();
        Tensor step = gradient.mul(new Scalar(1e-5 / norm));
        values.add_(step);
        Tensor ahead = segment.apply(h)[0];
        values.sub_(step).sub_(step);
        Tensor behind = segment.apply(h)[0];
        values.add_(step);
        assertThat(ahead.sub(behind).mul(g).sum().item_double() / 2e-5 / norm)
                .as(parameter.name())
                .isCloseTo(1, within(1e-6));
    }

    /** The orthonormal matrix that is nearest: A Qᵀ is symmetric and positive. */
    @Test
    void aPolarFactorIsTheNearestRotation() {
        TensorScope.run(() -> {
            Tensor a = random("a", RANK, WIDTH);
            Tensor s = a.mm(PolarFactor.of(a).qRE().t());
            assertThat(Tensors.maxError(s, s.t())).isLessThan(1e-13);
            assertThat(new Tensor(torch.linalg_eigh(s).get0()).min().item_double())
                    .isPositive();
        });
    }

    @Test
    void rotationsStayOrthonormalInTraining(@TempDir Path temp) throws Exception {
        PeftRecipe recipe = PeftRecipe.named("loreft");
        try (AdaptedModel model = recipe.fresh(ScalarType.Float)) {
            TinyTraining.losses(model, recipe.pack(), 8, temp);
            TensorScope.run(() -> {
                List<Parameter> rotations = model.parameters().stream()
                        .filter(parameter -> parameter.name().contains("rotate_layer"))
                        .toList();
                assertThat(rotations).hasSize(2);
                for (Parameter rotation : rotations) {
                    Tensor r = PolarFactor.of(rotation.tensor().detach()).qRE();
                    assertThat(Tensors.maxError(r.mm(r.t()), torch.eye(RANK))).isLessThan(1e-5);
                }
            });
        }
    }
}
