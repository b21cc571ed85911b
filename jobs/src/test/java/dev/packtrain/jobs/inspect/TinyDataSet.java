package dev.packtrain.jobs.inspect;

import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackingMethod;
import dev.packtrain.packing.ShardSummary;
import dev.packtrain.packing.ShardWriter;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.training.checkpoint.FileSha256;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A data set of two packs, of which the first has two documents and two slots of padding, and a tokenizer of five words. */
public final class TinyDataSet {
    static final int MAX_LENGTH = 9;
    static final String SHARD = "shards/shard-00000.arrow";

    private static final String TOKENIZER =
            """
            {"version": "1.0", "pre_tokenizer": {"type": "Whitespace"},
             "added_tokens": [{"id": 4, "content": "</s>", "special": true, "single_word": false, "lstrip": false,
                               "rstrip": false, "normalized": false}],
             "model": {"type": "WordLevel", "vocab": {"red": 0, "coat": 1, "warm": 2, "soft": 3, "</s>": 4},
                       "unk_token": "</s>"}}
            """;

    private TinyDataSet() {}

    /** Writes it to a directory, which is made if it is missing. */
    public static Path write(Path directory) throws IOException {
        Files.createDirectories(directory.resolve("shards"));
        Path tokenizer = Files.createDirectories(directory.resolve(Manifest.versionDirectory(1) + "/tokenizer"));
        Files.writeString(tokenizer.resolve("tokenizer.json"), TOKENIZER);
        Files.writeString(tokenizer.resolve("tokenizer_config.json"), "{\"eos_token\": \"</s>\"}");
        ShardSummary summary = shard(directory.resolve(SHARD));
        Manifest manifest = new Manifest(
                Manifest.FORMAT_VERSION,
                "test",
                new Manifest.TokenizerInfo(FileSha256.of(tokenizer.resolve("tokenizer.json")), 5, 4, null),
                MAX_LENGTH,
                PackingMethod.BEST_FIT_DECREASING,
                1024,
                42,
                new Manifest.Counts(3, 3, 0, 0, summary.tokens(), summary.labelTokens(), 0, summary.rows()),
                0.5,
                1.25,
                List.of("rows.jsonl"),
                List.of(Manifest.ShardEntry.of(SHARD, summary)));
        Files.writeString(directory.resolve(Manifest.FILE_NAME), manifest.toJson());
        Files.writeString(directory.resolve(Manifest.versionFile(1)), manifest.toJson());
        return directory;
    }

    private static ShardSummary shard(Path file) throws IOException {
        TokenizedExample coat = new TokenizedExample(17, new int[] {0, 1, 2, 4}, new int[] {-100, -100, 2, 4});
        TokenizedExample soft = new TokenizedExample(5, new int[] {1, 3, 4}, new int[] {-100, 3, 4});
        try (OutputStream out = Files.newOutputStream(file);
                ShardWriter writer = ShardWriter.open(out, MAX_LENGTH)) {
            writer.write(new Pack(List.of(coat, soft)));
            writer.write(new Pack(List.of(new TokenizedExample(9, new int[] {2, 4}, new int[] {-100, 4}))));
            return writer.finish();
        }
    }
}
