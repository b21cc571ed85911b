package dev.packtrain.training;

import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every stage, over every factorisation of two and four data ranks, trains what one process trains, bit for bit again. */
@ExtendWith(MeshLab.Shared.class)
class ShardingDistributedTest {
    private static final int STEPS = 20;

    @TempDir
    Path temp;

    @ParameterizedTest
    @CsvSource({
        "STAGE1, 2, 2",
        "STAGE2, 2, 2",
        "STAGE3, 2, 2",
        "STAGE1, 4, 2",
        "STAGE2, 4, 2",
        "STAGE3, 4, 2",
        "STAGE1, 4, 4",
        "STAGE2, 4, 4",
        "STAGE3, 4, 4"
    })
    void stagesTrainWhatOneProcessTrains(Sharding stage, int worldSize, int shard, MeshLab lab) throws Exception {
        MeshTraining training = MeshTraining.of(lab, temp);
        MeshTraining.Result one = training.train(1, ParallelOptions.NONE, STEPS);
        MeshTraining.Result spread = training.train(worldSize, options(stage, shard, Offload.NONE), STEPS);
        spread.mustEqual(one);
        training.train(worldSize, options(stage, shard, Offload.NONE), STEPS).mustBe(spread);
    }

    @Test
    void offloadToDiskChangesNoBit(MeshLab lab) throws Exception {
        MeshTraining training = MeshTraining.of(lab, temp);
        training.train(1, options(Sharding.STAGE3, 1, Offload.DISK), STEPS)
                .mustBe(training.train(1, ParallelOptions.NONE, STEPS));
        for (Sharding stage : new Sharding[] {Sharding.STAGE1, Sharding.STAGE3}) {
            training.train(2, options(stage, 2, Offload.DISK), STEPS)
                    .mustBe(training.train(2, options(stage, 2, Offload.NONE), STEPS));
        }
    }

    private static ParallelOptions options(Sharding stage, int shard, Offload offload) throws IOException {
        return new ParallelOptions(1, false, stage, shard, offload, Recompute.NONE);
    }
}
