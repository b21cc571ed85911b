package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.options.ParallelOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every mesh trains the model that one process trains, on the same global batches. */
@ExtendWith(MeshLab.Shared.class)
class MeshEqualityDistributedTest {
    private static final int STEPS = 20;

    @TempDir
    Path temp;

    @ParameterizedTest
    @ValueSource(ints = {2, 4})
    void dataParallelRanksTrainWhatOneProcessTrains(int worldSize, MeshLab lab) throws Exception {
        MeshTraining training = MeshTraining.of(lab, temp);
        MeshTraining.Result one = training.train(1, ParallelOptions.NONE, STEPS);
        MeshTraining.Result many = training.train(worldSize, ParallelOptions.NONE, STEPS);
        assertThat(one.losses()).hasSize(STEPS);
        assertThat(one.losses().get(STEPS - 1)).isLessThan(one.losses().get(0) - 0.2);
        many.mustEqual(one);
        training.train(worldSize, ParallelOptions.NONE, STEPS).mustBe(many);
    }
}
