package dev.packtrain.jobs.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.options.ParallelOptions;
import dev.packtrain.training.options.ParallelOptions.Offload;
import dev.packtrain.training.options.ParallelOptions.Recompute;
import dev.packtrain.training.options.ParallelOptions.Sharding;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParallelKeysTest {
    private static ParallelOptions options(Map<String, ?> keys) {
        Map<String, Object> all =
                new LinkedHashMap<>(Map.of("dataset_name_or_path", "d", "config_name", "c", "output_dir", "o"));
        all.putAll(keys);
        return TrainingRecipe.options(Recipe.of(all).resolve(Command.TRAIN)).parallel();
    }

    @Test
    void aRecipeThatSaysNothingOrSpellsOutPaddleNlpsDefaultsSpreadsNothing() {
        assertThat(options(Map.of())).isEqualTo(ParallelOptions.NONE);
        assertThat(options(Map.of(
                        "sharding",
                        "",
                        "sharding_parallel_degree",
                        -1,
                        "tensor_parallel_degree",
                        -1,
                        "pipeline_parallel_degree",
                        1,
                        "sequence_parallel",
                        false,
                        "recompute",
                        false,
                        "recompute_granularity",
                        "full",
                        "virtual_pp_degree",
                        1,
                        "offload_optim",
                        false)))
                .isEqualTo(ParallelOptions.NONE);
        assertThat(options(Map.of("sharding_parallel_degree", 1))).isEqualTo(ParallelOptions.NONE);
    }

    @ParameterizedTest
    @CsvSource({
        "stage1, STAGE1, NONE",
        "stage2, STAGE2, NONE",
        "stage3, STAGE3, NONE",
        "stage1 offload, STAGE1, HOST",
        "offload  stage2, STAGE2, HOST",
        "stage3 offload, STAGE3, HOST",
        "offload_disk stage1, STAGE1, DISK",
        "stage3 offload_disk, STAGE3, DISK",
        "none, NONE, NONE"
    })
    void shardingIsWrittenAsPaddleNlpWritesIt(String text, Sharding stage, Offload offload) {
        ParallelOptions options = options(Map.of("sharding", text, "device", "cuda"));
        assertThat(options.sharding()).isEqualTo(stage);
        assertThat(options.offload()).isEqualTo(offload);
        assertThat(options.shardingParallelDegree()).isEqualTo(stage == Sharding.NONE ? 1 : ParallelOptions.ALL_RANKS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"stage4", "offload", "stage2 offload offload_disk", "stage2 stage3", "full_shard"})
    void anotherShardingIsRefusedWithTheOnesThereAre(String text) {
        assertThatThrownBy(() -> options(Map.of("sharding", text)))
                .isInstanceOf(BadInputException.class)
                .hasMessage("the recipe: sharding wants one of \"stage1\", \"stage2\", \"stage3\", \"stage1 offload\","
                        + " \"stage2 offload\", \"stage3 offload\", \"stage1 offload_disk\","
                        + " \"stage2 offload_disk\", \"stage3 offload_disk\", got \"" + text + "\"");
    }

    @Test
    void hostMemoryIsNoPlaceToGoForWhatIsInIt() {
        assertThatThrownBy(() -> options(Map.of("sharding", "stage2 offload")))
                .isInstanceOf(BadInputException.class)
                .hasMessage("sharding is \"stage2 offload\" but device is cpu, where everything is in the host's memory"
                        + " already; offload to files with offload_disk, or leave the word out");
    }

    @Test
    void everythingTogether() {
        assertThat(options(Map.of(
                        "sharding",
                        "stage3",
                        "sharding_parallel_degree",
                        2,
                        "tensor_parallel_degree",
                        4,
                        "sequence_parallel",
                        true,
                        "recompute",
                        true,
                        "recompute_granularity",
                        "core_attn")))
                .isEqualTo(new ParallelOptions(4, true, Sharding.STAGE3, 2, Offload.NONE, Recompute.CORE_ATTN));
        assertThat(options(Map.of("recompute", true)).recompute()).isEqualTo(Recompute.FULL);
    }

    @Test
    void valuesThatExcludeEachOtherAreAllReported() {
        assertThatThrownBy(() -> options(Map.of(
                        "sharding_parallel_degree",
                        2,
                        "sequence_parallel",
                        true,
                        "tensor_parallel_across_hosts",
                        true,
                        "recompute_granularity",
                        "core_attn",
                        "tensor_parallel_degree",
                        0)))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("5 problems:\n")
                .hasMessageContaining("tensor_parallel_degree is 0; wanted at least 1, or -1 for none")
                .hasMessageContaining("sharding_parallel_degree is 2 but sharding is not set; set sharding to stage1")
                .hasMessageContaining("sequence_parallel is true but tensor_parallel_degree is 0")
                .hasMessageContaining("tensor_parallel_across_hosts is true but tensor_parallel_degree is 0")
                .hasMessageContaining("recompute_granularity is core_attn but recompute is false");
    }

    @ParameterizedTest
    @CsvSource({
        "pipeline_parallel_degree, 2, 'not supported yet (pipelines come later; '",
        "sep_parallel_degree, 2, 'not supported yet (attention over several processes comes later; '",
        "context_parallel_degree, 4, 'not supported yet (attention over several processes comes later; '",
        "expert_parallel_degree, 2, 'not supported yet (there are no models with experts yet)'",
        "refined_recompute, mlp_row_ln:4, 'not supported yet (recompute_granularity chooses by block)'",
        "sharding_parallel_config, enable_stage1_overlap, 'not supported yet (Packtrain overlaps and buckets by itself)'",
        "deepspeed, ds.json, 'not supported yet (sharding stage3 does the same)'"
    })
    void whatComesLaterIsRefusedByNameWithTheReason(String key, String value, String reason) {
        assertThatThrownBy(() -> options(Map.of(key, value)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("the recipe: " + key + " is " + reason)
                .hasMessageContaining("; wanted it unset");
    }
}
