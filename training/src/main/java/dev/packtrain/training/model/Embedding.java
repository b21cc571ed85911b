package dev.packtrain.training.model;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Token embedding, or the rows of it that this rank holds, with an explicit gradient: rows of equal tokens are summed first, in fp32 or wider and in the order of
 * the pack, so that the gradient never takes a second table and does not lose low bits in bf16.
 *
 * <p>Where ranks share it, each looks up what it holds and gives zeros for the rest, so the sum over them is exact.
 *
 * @param weight {@code [V, E]}
 */
public record Embedding(Parameter weight) {
    /** From token ids to a new {@code [T, E]}: zeros for tokens whose rows other ranks hold. */
    Tensor forward(int[] inputIds) {
        TensorFactory factory = TensorFactory.like(weight.tensor());
        if (weight.split().isWhole()) {
            return weight.tensor().index_select(0, factory.ints(inputIds));
        }
        return TensorScope.one(() -> {
            int[] here = positionsHere(inputIds);
            Tensor rows = weight.tensor().index_select(0, factory.ints(rows(inputIds, here)));
            Tensor all = factory.zeros(
                    weight.tensor().scalar_type().intern(),
                    inputIds.length,
                    weight.tensor().size(1));
            return all.index_copy_(0, factory.ints(here), rows);
        });
    }

    /** Adds the gradient of the rows that {@code inputIds} read here to the weight's {@code .grad}. */
    void backward(int[] inputIds, Tensor gradTE) {
        if (weight.split().isWhole()) {
            backwardHere(inputIds, gradTE);
            return;
        }
        int[] here = positionsHere(inputIds);
        TensorScope.run(() -> backwardHere(
                rows(inputIds, here),
                gradTE.index_select(0, TensorFactory.like(gradTE).ints(here))));
    }

    /** Which of the tokens are looked up here. */
    private int[] positionsHere(int[] inputIds) {
        TensorSplit split = weight.split();
        return IntStream.range(0, inputIds.length)
                .filter(t -> inputIds[t] >= split.from() && inputIds[t] < split.from() + split.length())
                .toArray();
    }

    private int[] rows(int[] inputIds, int[] positions) {
        int from = (int) weight.split().from();
        return Arrays.stream(positions).map(t -> inputIds[t] - from).toArray();
    }

    private void backwardHere(int[] inputIds, Tensor gradTE) {
        int[] distinct = Arrays.stream(inputIds).sorted().distinct().toArray();
        int[] slots = Arrays.stream(inputIds)
                .map(id -> Arrays.binarySearch(distinct, id))
                .toArray();
        TensorScope.run(() -> {
            TensorFactory factory = TensorFactory.like(gradTE);
            ScalarType wide = gradTE.scalar_type().intern() == ScalarType.Double ? ScalarType.Double : ScalarType.Float;
            Tensor sums = factory.zeros(wide, distinct.length, gradTE.size(1));
            sums.index_add_(0, factory.ints(slots), gradTE.to(wide));
            Tensor table = weight.tensor();
            LeafGradient.of(table)
                    .index_add_(
                            0,
                            factory.ints(distinct),
                            sums.to(table.scalar_type().intern()));
        });
    }
}
