package dev.packtrain.pipeline;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.packing.Shard;
import dev.packtrain.pipeline.commit.OutputFiles;
import dev.packtrain.pipeline.page.PackSample;
import dev.packtrain.pipeline.page.PackSampler;
import dev.packtrain.pipeline.report.RejectedRow;
import dev.packtrain.pipeline.stage.GroupSummary.StagedShard;
import dev.packtrain.pipeline.tokenizer.Tokenizer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The few staged rows and packs that the report shows; reads little, however large the data set is. */
final class StagedSamples {
    /** Rejected rows that are looked at for kinds that were not yet seen. */
    private static final int MAX_READ = 1000;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path staging;
    private final FileSystem fs;

    StagedSamples(String staging, Configuration conf) throws IOException {
        this.staging = new Path(staging);
        this.fs = OutputFiles.fileSystem(this.staging, conf);
    }

    /** The first rejected rows of each kind, in input order. */
    List<RejectedRow> firstRejected(List<String> files) throws IOException {
        List<RejectedRow> rows = new ArrayList<>();
        Map<String, Integer> numByKind = new HashMap<>();
        int numRead = 0;
        for (String file : files) {
            try (BufferedReader in = new BufferedReader(
                    new InputStreamReader(fs.open(new Path(staging, file)), StandardCharsets.UTF_8))) {
                for (String line = in.readLine(); line != null; line = in.readLine()) {
                    if (numRead++ == MAX_READ || rows.size() == RejectedRow.MAX_ROWS) {
                        return rows;
                    }
                    RejectedRow row = row(JSON.readTree(line));
                    if (numByKind.merge(row.kind(), 1, Integer::sum) <= RejectedRow.MAX_BY_KIND) {
                        rows.add(row);
                    }
                }
            }
        }
        return rows;
    }

    private static RejectedRow row(JsonNode line) {
        return new RejectedRow(
                line.path("file").asText(),
                line.path("line").asLong(),
                line.path("kind").asText(),
                line.path("reason").asText(),
                line.path("row").asText());
    }

    /**
     * Packs chosen by the seed.
     *
     * @param firstPack number of the first of these packs in the data set
     */
    List<PackSample> packs(List<StagedShard> shards, Tokenizer tokenizer, long seed, long firstPack)
            throws IOException {
        PackSampler sampler = new PackSampler(tokenizer);
        List<PackSample> samples = new ArrayList<>();
        long numPacks = shards.stream().mapToLong(StagedShard::packs).sum();
        long first = 0;
        int at = 0;
        for (long number : PackSampler.choose(numPacks, seed)) {
            while (first + shards.get(at).packs() <= number) {
                first += shards.get(at++).packs();
            }
            Path file = new Path(staging, shards.get(at).file());
            try (Shard shard =
                    Shard.open(new HadoopChannel(fs.open(file), shards.get(at).bytes()), file.toString())) {
                samples.add(sampler.sample(firstPack + number, shard.get((int) (number - first))));
            }
        }
        return samples;
    }
}
