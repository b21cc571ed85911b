package dev.packtrain.training.loss;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.pytorch.Tensor;

class CpuLogitsMathTest extends LogitsMathContractTest {
    @Override
    LogitsMath math(Tensor like) {
        LogitsMath math = LogitsMath.of(like);
        assertThat(math).isInstanceOf(CpuLogitsMath.class);
        return math;
    }

    @Override
    LogitsMath shared(Tensor like, VocabularyCut vocabulary) {
        LogitsMath math = LogitsMath.shared(like, vocabulary);
        assertThat(math).isInstanceOf(CpuSharedLogitsMath.class);
        return math;
    }
}
