package dev.packtrain.training.device;

import dev.packtrain.packing.BadInputException;
import java.util.Locale;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Compares what kernels of a GPU give with what they ought to.
 *
 * <p>What is allowed is the most that roundings can do, not a measured error. A result is rounded once to its dtype, which changes it by
 * at most {@code u} of itself: 2⁻⁸ in bf16, 2⁻¹¹ in fp16, 2⁻²⁴ in fp32. Before that everything is fp32, where an operation changes its result by at most 2⁻²⁴
 * of it, a sum of n numbers that are added one after the other by n · 2⁻²⁴ of the sum of their absolute values (Higham 2002, Accuracy and Stability
 * of Numerical Algorithms, section 4.2), and an exponential of the GPU is off by {@code 2⁻²² (1 + |x|)} of itself. So an element
 * {@code w} of a result may be off by {@code roundings · u · |w| + units · 2⁻²⁴ · max |w|}, where each check says how many units of fp32 its
 * formula takes. A NaN is never near anything.
 */
public final class KernelAgreement {
    private static final double FP32_UNIT = 0x1p-24;

    private final String gpu;
    private final String remedy;

    private KernelAgreement(String gpu, String remedy) {
        this.gpu = gpu;
        this.remedy = remedy;
    }

    /**
     * Runs a check, with recording off. Memory of tensors that nobody has written is NaN meanwhile: it would else hold what an equal call left
     * there. What the check makes is freed behind it.
     *
     * @param gpu its number and name, for a person
     * @param remedy a clause: what to set so that a run does without the kernels
     * @throws BadInputException if one computes wrongly or fails
     */
    public static void check(String gpu, String remedy, Consumer<KernelAgreement> body) {
        Context context = torch.globalContext();
        boolean filled = context.deterministicFillUninitializedMemory();
        context.setDeterministicFillUninitializedMemory(true);
        try (NoGradGuard guard = new NoGradGuard()) {
            TensorScope.run(() -> body.accept(new KernelAgreement(gpu, remedy)));
        } catch (BadInputException wrong) {
            throw wrong;
        } catch (RuntimeException failed) {
            String why = String.valueOf(failed.getMessage())
                    .lines()
                    .findFirst()
                    .orElse("no message")
                    .replaceFirst("\\.$", "");
            throw new BadInputException(
                    "Packtrain's kernels fail on %s when they are checked (%s); %s, and report this with what doctor prints."
                            .formatted(gpu, why, remedy),
                    failed);
        } finally {
            context.setDeterministicFillUninitializedMemory(filled);
        }
    }

    /** Units of fp32 that a rounding to a dtype is worth. */
    public static double unitsOfRounding(ScalarType dtype) {
        return switch (dtype) {
            case BFloat16 -> 0x1p16;
            case Half -> 0x1p13;
            case Float -> 1;
            default -> throw new IllegalArgumentException("kernels compute in no " + dtype);
        };
    }

    /**
     * Results up to roundings.
     *
     * @param kernel what made them, for a person
     * @param got fp32, bf16 or fp16
     * @param wanted fp64 in host memory, the same shape
     * @param roundings how often a number is rounded to the dtype of {@code got}
     * @param units of fp32, see above
     * @throws BadInputException if they are further away
     */
    public void near(String kernel, Tensor got, Tensor wanted, int roundings, double units) {
        TensorScope.run(() -> {
            ScalarType dtype = got.scalar_type().intern();
            Tensor size = wanted.abs();
            double floor = units * FP32_UNIT * size.max().item_double();
            Tensor most = size.mul(new Scalar(roundings * unitsOfRounding(dtype) * FP32_UNIT))
                    .add(new Scalar(floor))
                    .reshape(-1);
            Tensor off = got.cpu().to(ScalarType.Double).sub(wanted).abs().reshape(-1);
            if (!off.le(most).all().item_bool()) { // nothing is true of a NaN
                long worst = off.div(most).argmax().item_long();
                throw wrong(
                        "%s (%s)".formatted(kernel, name(dtype)),
                        off.narrow(0, worst, 1).item_double(),
                        most.narrow(0, worst, 1).item_double());
            }
        });
    }

    /**
     * A number up to roundings.
     *
     * @param most how far away it may be
     * @throws BadInputException if it is further away
     */
    public void near(String kernel, double got, double wanted, double most) {
        double off = Math.abs(got - wanted);
        if (!(off <= most)) { // nothing is true of a NaN
            throw wrong(kernel, off, most);
        }
    }

    /**
     * Results to the last bit.
     *
     * @param got of any dtype
     * @param wanted the same dtype, in host memory, without NaN
     * @throws BadInputException if a bit differs
     */
    public void same(String kernel, Tensor got, Tensor wanted) {
        TensorScope.run(() -> {
            Tensor there = got.cpu();
            if (!there.equal(wanted)) {
                Tensor off = there.to(ScalarType.Double).sub(wanted.to(ScalarType.Double));
                throw wrong(kernel, off.abs().max().item_double(), 0);
            }
        });
    }

    private BadInputException wrong(String kernel, double off, double most) {
        return new BadInputException(
                "Packtrain's kernel %s computes wrongly on %s: a result is off by %s, and at most %s was wanted; %s, and report this with what doctor prints."
                        .formatted(kernel, gpu, text(off), text(most), remedy));
    }

    private static String name(ScalarType dtype) {
        return switch (dtype) {
            case BFloat16 -> "bf16";
            case Half -> "fp16";
            default -> "fp32";
        };
    }

    private static String text(double value) {
        return value == 0 ? "0" : String.format(Locale.ROOT, "%.2g", value);
    }
}
