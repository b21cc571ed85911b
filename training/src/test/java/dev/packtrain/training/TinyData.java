package dev.packtrain.training;

import dev.packtrain.packing.Manifest;
import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackingMethod;
import dev.packtrain.packing.ShardSummary;
import dev.packtrain.packing.ShardWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Prepared data as {@code prepare} would leave it, and a config for a model that fits it. */
final class TinyData {
    static final String TOKENIZER_SHA256 = "0".repeat(64);

    private TinyData() {}

    /** Writes {@code numPacks} packs in two shards. */
    static Path write(Path dir, int numPacks) throws IOException {
        Files.createDirectories(dir.resolve("shards"));
        Path tokenizer = Files.createDirectories(dir.resolve(Manifest.versionDirectory(1) + "/tokenizer"));
        Files.writeString(tokenizer.resolve("tokenizer.json"), "{}");
        List<Pack> packs = new TinyPacks(numPacks).packs();
        List<Manifest.ShardEntry> shards = new ArrayList<>();
        int half = numPacks / 2;
        shards.add(writeShard(dir, "shards/shard-00000.arrow", packs.subList(0, half)));
        shards.add(writeShard(dir, "shards/shard-00001.arrow", packs.subList(half, numPacks)));
        long tokens = shards.stream().mapToLong(Manifest.ShardEntry::tokens).sum();
        long labels =
                shards.stream().mapToLong(Manifest.ShardEntry::labelTokens).sum();
        Manifest manifest = new Manifest(
                Manifest.FORMAT_VERSION,
                "test",
                new Manifest.TokenizerInfo(TOKENIZER_SHA256, TinyPacks.VOCAB_SIZE, 0, null),
                TinyPacks.MAX_LENGTH,
                PackingMethod.NEXT_FIT,
                0,
                0,
                new Manifest.Counts(0, 0, 0, 0, tokens, labels, 0, numPacks),
                0,
                4.0,
                List.of(),
                shards);
        Files.writeString(dir.resolve(Manifest.FILE_NAME), manifest.toJson());
        Files.writeString(dir.resolve(Manifest.versionFile(1)), manifest.toJson());
        return dir;
    }

    private static Manifest.ShardEntry writeShard(Path dir, String name, List<Pack> packs) throws IOException {
        try (OutputStream out = Files.newOutputStream(dir.resolve(name));
                ShardWriter writer = ShardWriter.open(out, TinyPacks.MAX_LENGTH)) {
            for (Pack pack : packs) {
                writer.write(pack);
            }
            ShardSummary summary = writer.finish();
            return Manifest.ShardEntry.of(name, summary);
        }
    }

    /** Writes a {@code config.json} of two layers of width 32 that leaves {@code vocab_size} to the data. */
    static Path writeConfig(Path dir) throws IOException {
        Path file = dir.resolve("config.json");
        Files.writeString(
                file,
                """
                {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu",
                 "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
                 "num_attention_heads": 4, "num_key_value_heads": 2, "rms_norm_eps": 1e-5,
                 "rope_theta": 10000.0, "tie_word_embeddings": false, "max_position_embeddings": 64}
                """);
        return file;
    }
}
