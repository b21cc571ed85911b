package dev.packtrain.training.parallel;

import dev.packtrain.training.collectives.ProcessGroup;
import dev.packtrain.training.device.TensorFactory;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.loss.VocabularyCut;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * The vocabulary over the ranks of a tensor group, in the parts of {@link TensorPlacement}.
 *
 * @param vocabSize tokens in all
 * @param group the ranks
 */
record TensorVocabulary(int vocabSize, ProcessGroup group) implements VocabularyCut {
    @Override
    public int from() {
        return from(group.rank());
    }

    @Override
    public int length() {
        return length(group.rank());
    }

    @Override
    public int largestLength() {
        return (vocabSize + group.size() - 1) / group.size();
    }

    @Override
    public void max(Tensor tensor) {
        group.allReduceMax(tensor, "largest logits");
    }

    @Override
    public void sum(Tensor tensor) {
        group.allReduceSum(tensor, "sums of the softmax");
    }

    @Override
    public Tensor gather(Tensor logitsNV) {
        return TensorScope.one(() -> {
            long numRows = logitsNV.size(0);
            TensorFactory factory = TensorFactory.like(logitsNV);
            // Collectives want equal shapes: the shorter parts get a column of padding.
            Tensor mine = torch.constant_pad_nd(logitsNV, new long[] {0, largestLength() - logitsNV.size(1)});
            Tensor all = factory.empty(logitsNV.scalar_type().intern(), (long) group.size() * numRows, largestLength());
            group.allGather(mine.contiguous(), all, "logits");
            TensorVector parts = new TensorVector();
            for (int rank = 0; rank < group.size(); rank++) {
                parts.push_back(all.narrow(0, rank * numRows, numRows).narrow(1, 0, length(rank)));
            }
            return torch.cat(parts, 1);
        });
    }

    private int from(int rank) {
        return (int) TensorPlacement.firstRow(vocabSize, rank, group.size());
    }

    private int length(int rank) {
        return from(rank + 1) - from(rank);
    }
}
