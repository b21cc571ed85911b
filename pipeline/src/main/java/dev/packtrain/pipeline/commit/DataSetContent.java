package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import java.util.List;
import java.util.Map;

/**
 * What a run adds to a data set.
 *
 * @param stagedShards names in the staging directory, in the order of {@code manifest.shards()}
 * @param stagedRejected names in the staging directory, in the order of their rows
 * @param tokenizer copied beside the shards
 * @param labelTokenCounts at index t how often token t takes a loss in these shards
 * @param pages texts by file name, such as {@code report.json} and {@code recipe.json}: of the version, and copied to the
 *     data set's directory while the version is the current one
 * @param manifest of these shards alone, as if they were the first version
 */
public record DataSetContent(
        List<String> stagedShards,
        List<String> stagedRejected,
        TokenizerFiles tokenizer,
        long[] labelTokenCounts,
        Map<String, String> pages,
        Manifest manifest) {}
