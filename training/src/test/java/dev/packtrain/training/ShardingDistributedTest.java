package dev.packtrain.training;

import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is special about some models and stages; every mesh is in {@link MeshEqualityDistributedTest}. */
@ExtendWith(MeshLab.Shared.class)
class ShardingDistributedTest {
    private static final int STEPS = 8;

    @TempDir
    Path temp;

    /** One head of keys and values for two tensor-parallel ranks: each finds a part of its gradient. */
    @Test
    void sharedHeadsOfKeysCountOnce(MeshLab lab) throws Exception {
        MeshTraining training = MeshTraining.of(lab, temp).with(Map.of("num_key_value_heads", "1"));
        MeshTraining.Result one = training.train(1, ParallelOptions.NONE, STEPS);
        ParallelOptions four = new ParallelOptions(4, false, Sharding.NONE, 1, Offload.NONE, Recompute.NONE);
        training.train(4, four, STEPS).mustEqual(one);
        ParallelOptions twoByTwo = new ParallelOptions(2, true, Sharding.STAGE3, 2, Offload.NONE, Recompute.NONE);
        training.train(4, twoByTwo, STEPS).mustEqual(one);
        // Two heads for four ranks: only neighbours share.
        MeshTraining pairs = training.with(Map.of("num_key_value_heads", "2"));
        pairs.train(4, four, STEPS).mustEqual(pairs.train(1, ParallelOptions.NONE, STEPS));
    }

    /** A tied head's gradient comes in two parts, at the pass's two ends. */
    @ParameterizedTest
    @EnumSource(Sharding.class)
    void tiedHeads(Sharding stage, MeshLab lab) throws Exception {
        MeshTraining training = MeshTraining.of(lab, temp).with(Map.of("tie_word_embeddings", "true"));
        int shard = stage == Sharding.NONE ? 1 : 2;
        training.train(2, options(stage, shard, Offload.NONE), STEPS)
                .mustEqual(training.train(1, ParallelOptions.NONE, STEPS));
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

    private static ParallelOptions options(Sharding stage, int shard, Offload offload) {
        return new ParallelOptions(1, false, stage, shard, offload, Recompute.NONE);
    }
}
