package dev.packtrain.training.model;

import dev.packtrain.training.device.LeafGradient;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Token embedding with an explicit gradient: rows of equal tokens are summed first, in fp32 or wider and in the order of
 * the pack, so that the gradient never takes a second table and does not lose low bits in bf16.
 *
 * @param weight {@code [V, E]}
 */
public record Embedding(Parameter weight) {
    /** From token ids to {@code [T, E]}. */
    Tensor forward(int[] inputIds) {
        Tensor idsT = TensorFactory.like(weight.tensor()).ints(inputIds);
        return weight.tensor().index_select(0, idsT);
    }

    /** Adds the gradient of the rows that {@code inputIds} read to the weight's {@code .grad}. */
    void backward(int[] inputIds, Tensor gradTE) {
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
