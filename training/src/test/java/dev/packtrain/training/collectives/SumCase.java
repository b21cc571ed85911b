package dev.packtrain.training.collectives;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** One random sum over the ranks by each way to make it, against libtorch adding the same tensors one after the other. */
record SumCase(ScalarType type, int size, int part, int seed) {
    static final List<ScalarType> TYPES =
            List.of(ScalarType.Float, ScalarType.BFloat16, ScalarType.Double, ScalarType.Long, ScalarType.Float);

    /** A rank's values: every rank can make all of them. Sums of them depend on the order of the additions. */
    private Tensor values(int rank, long elements) {
        Tensor index = torch.arange(new Scalar(elements)).to(ScalarType.Double);
        Tensor wave =
                index.mul(new Scalar(0.37 + rank)).add(new Scalar(seed * 0.11)).sin();
        Tensor scaled = wave.mul(new Scalar(Math.pow(10, 3 - 2 * ((rank + seed) % 3))));
        return scaled.to(type);
    }

    private Tensor combined(List<Tensor> values, BinaryOperator<Tensor> operation) {
        ScalarType wide = type == ScalarType.BFloat16 ? ScalarType.Float : type;
        return values.stream().map(each -> each.to(wide)).reduce(operation).orElseThrow();
    }

    List<String> differences(ProcessGroup group) {
        List<String> wrong = new ArrayList<>();
        long elements = (long) size * part;
        List<Tensor> values = IntStream.range(0, size)
                .mapToObj(rank -> values(rank, elements))
                .toList();
        Tensor before = values.get(group.rank());
        Tensor sum = combined(values, Tensor::add);

        Tensor input = before.clone();
        Tensor output = torch.zeros(part).to(type);
        group.reduceScatterSum(input, output, "sum");
        Tensor mine = sum.narrow(0, (long) group.rank() * part, part);
        check(wrong, "reduce-scatter", output, mine.to(type));
        check(wrong, "input of the reduce-scatter", input, before);
        if (type == ScalarType.BFloat16) {
            Tensor wide = torch.zeros(part);
            group.reduceScatterSum(input, wide, "wide sum");
            check(wrong, "reduce-scatter to fp32", wide, mine);
        }
        Tensor own = input.narrow(0, (long) group.rank() * part, part);
        group.reduceScatterSum(input, own, "sum in place");
        check(wrong, "reduce-scatter in place", own, mine.to(type));

        // A length that the number of ranks need not divide.
        long odd = Math.max(0, elements - 1);
        Tensor all = before.narrow(0, 0, odd).clone();
        group.allReduceSum(all, "all");
        check(wrong, "all-reduce", all, sum.narrow(0, 0, odd).to(type));
        Tensor most = before.narrow(0, 0, odd).clone();
        group.allReduceMax(most, "most");
        Tensor maximum = combined(values, torch::maximum);
        check(wrong, "maximum", most, maximum.narrow(0, 0, odd).to(type));
        return wrong;
    }

    private void check(List<String> wrong, String what, Tensor got, Tensor wanted) {
        if (!got.equal(wanted)) {
            wrong.add(this + ": " + what);
        }
    }
}
