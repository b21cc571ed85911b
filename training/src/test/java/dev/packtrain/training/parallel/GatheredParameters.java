package dev.packtrain.training.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.device.ComputeDevice;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.model.Decoder;
import dev.packtrain.training.model.Parameter;
import dev.packtrain.training.model.TensorSplit;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Puts the parts of all ranks of a tensor group together, in fp64 and by what the parameters say of themselves alone. */
public final class GatheredParameters {
    private GatheredParameters() {}

    /** The whole weight number {@code index}; copies have to be equal bit for bit. */
    public static Tensor weight(List<Decoder> ranks, int index) {
        return gather(ranks, index, parameter -> parameter.tensor().detach(), false);
    }

    /** Its whole gradient: partial ones added up over their copies, others equal on all of them bit for bit. */
    public static Tensor gradient(List<Decoder> ranks, int index) {
        boolean partial = ranks.get(0).parameters().get(index).partialGradient();
        return gather(ranks, index, parameter -> parameter.tensor().grad(), partial);
    }

    private static Tensor gather(List<Decoder> ranks, int index, Function<Parameter, Tensor> value, boolean partial) {
        List<Parameter> parts =
                ranks.stream().map(model -> model.parameters().get(index)).toList();
        TensorSplit first = parts.get(0).split();
        Tensor whole = new TensorFactory(ComputeDevice.CPU).zeros(ScalarType.Double, first.wholeShape());
        for (int rank = 0; rank < parts.size(); rank++) {
            TensorSplit split = parts.get(rank).split();
            assertThat(parts.get(rank).tensor().shape()).isEqualTo(split.shape());
            Tensor mine = value.apply(parts.get(rank)).to(ScalarType.Double);
            Tensor place = whole.narrow(split.dim(), split.from(), split.length());
            if (partial) {
                place.add_(mine);
            } else if (rank % split.numCopies() == 0) {
                place.copy_(mine);
            } else {
                assertThat(place.equal(mine)).as(parts.get(rank).name()).isTrue();
            }
        }
        assertThat(covered(parts)).as("parts of %s", parts.get(0).name()).isEqualTo(first.wholeShape()[first.dim()]);
        return whole;
    }

    private static long covered(List<Parameter> parts) {
        return IntStream.range(0, parts.size())
                .filter(rank -> rank % parts.get(rank).split().numCopies() == 0)
                .mapToLong(rank -> parts.get(rank).split().length())
                .sum();
    }
}
