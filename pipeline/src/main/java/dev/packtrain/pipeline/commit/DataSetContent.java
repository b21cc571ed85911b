package dev.packtrain.pipeline.commit;

import dev.packtrain.packing.Manifest;
import dev.packtrain.pipeline.PrepareReport;
import dev.packtrain.pipeline.tokenizer.TokenizerFiles;
import java.util.List;

/**
 * What a data set is to be made of.
 *
 * @param stagedShards names in the staging directory, in the order of {@code manifest.shards()}
 * @param stagedRejected names in the staging directory, in the order of their rows
 * @param tokenizer copied beside the shards
 * @param recipe the resolved recipe, a JSON object
 * @param report for {@code report.json}
 * @param manifest for {@code manifest.json}
 */
public record DataSetContent(
        List<String> stagedShards,
        List<String> stagedRejected,
        TokenizerFiles tokenizer,
        String recipe,
        PrepareReport report,
        Manifest manifest) {}
