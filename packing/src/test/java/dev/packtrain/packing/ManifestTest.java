package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ManifestTest {
    private static final String SHA = "ab".repeat(32);

    @TempDir
    Path directory;

    static Manifest of(int maxLength, PackingMethod method, List<Manifest.ShardEntry> shards) {
        long packs = shards.stream().mapToLong(Manifest.ShardEntry::packs).sum();
        return new Manifest(
                Manifest.FORMAT_VERSION,
                "packtrain 0.1.0",
                new Manifest.TokenizerInfo(SHA, 8000, 2, null),
                maxLength,
                method,
                1024,
                42,
                new Manifest.Counts(12, 10, 2, 1, 700, 300, 5, packs),
                0.0125,
                6.5,
                List.of("data/train.json"),
                shards);
    }

    /** The same as another version. */
    static Manifest version(Manifest m, int version, int firstVersion) {
        return new Manifest(
                m.formatVersion(),
                m.createdBy(),
                version,
                firstVersion,
                m.tokenizer(),
                m.maxLength(),
                m.exampleKind(),
                m.packingMethod(),
                m.groupSize(),
                m.seed(),
                m.counts(),
                m.paddingRatio(),
                m.targetUnigramLoss(),
                m.inputs(),
                m.shards());
    }

    private static Manifest example(PackingMethod method) {
        return of(64, method, List.of(new Manifest.ShardEntry("shards/shard-00000.arrow", 3, 10, 700, 300, 4242, SHA)));
    }

    @Test
    void theContentIsNamedWhateverItsFilesAreCalled() {
        Manifest.ShardEntry shard = new Manifest.ShardEntry("shards/shard-00000.arrow", 3, 10, 700, 300, 4242, SHA);
        Manifest.ShardEntry renamed = new Manifest.ShardEntry("shards/shard-00000-1.arrow", 3, 10, 700, 300, 4242, SHA);
        Manifest.ShardEntry other =
                new Manifest.ShardEntry("shards/shard-00000.arrow", 3, 10, 700, 300, 4242, "cd".repeat(32));
        String content = of(64, PackingMethod.NONE, List.of(shard)).contentSha256();
        assertThat(content)
                .hasSize(64)
                .isEqualTo(of(64, PackingMethod.NEXT_FIT, List.of(renamed)).contentSha256());
        assertThat(List.of(
                        of(64, PackingMethod.NONE, List.of(other)).contentSha256(),
                        of(32, PackingMethod.NONE, List.of(shard)).contentSha256(),
                        of(64, PackingMethod.NONE, List.of(shard, other)).contentSha256(),
                        of(64, PackingMethod.NONE, List.of(other, shard)).contentSha256()))
                .doesNotHaveDuplicates()
                .doesNotContain(content);
    }

    @ParameterizedTest
    @EnumSource(PackingMethod.class)
    void comesBackFromItsJson(PackingMethod method) {
        Manifest manifest = example(method);
        assertThat(Manifest.fromJson(manifest.toJson(), "here")).isEqualTo(manifest);
    }

    @Test
    void keepsABosTokenAWideSeedVersionsAndAKind() {
        Manifest m = example(PackingMethod.NONE);
        Manifest wide = new Manifest(
                Manifest.FORMAT_VERSION,
                m.createdBy(),
                7,
                3,
                new Manifest.TokenizerInfo(SHA, 5, 1, 0),
                64,
                ExampleKind.PREFERENCE,
                m.packingMethod(),
                7,
                Long.MIN_VALUE,
                m.counts(),
                1.0 / 3,
                0.1,
                List.of(),
                m.shards());
        assertThat(Manifest.fromJson(wide.toJson(), "here")).isEqualTo(wide);
    }

    @Test
    void theTextIsFixed() {
        assertThat(example(PackingMethod.BEST_FIT_DECREASING).toJson())
                .isEqualTo(
                        """
                {
                  "format_version" : 2,
                  "created_by" : "packtrain 0.1.0",
                  "dataset_version" : 1,
                  "first_version" : 1,
                  "tokenizer" : {
                    "sha256" : "%1$s",
                    "vocab_size" : 8000,
                    "eos_token_id" : 2,
                    "bos_token_id" : null
                  },
                  "max_length" : 64,
                  "example_kind" : "sequence",
                  "packing_method" : "best_fit_decreasing",
                  "group_size" : 1024,
                  "seed" : 42,
                  "counts" : {
                    "rows_read" : 12,
                    "rows_kept" : 10,
                    "rows_rejected" : 2,
                    "rows_truncated" : 1,
                    "tokens" : 700,
                    "label_tokens" : 300,
                    "tokens_dropped" : 5,
                    "packs" : 3
                  },
                  "padding_ratio" : 0.0125,
                  "target_unigram_loss" : 6.5,
                  "inputs" : [
                    "data/train.json"
                  ],
                  "shards" : [
                    {
                      "file" : "shards/shard-00000.arrow",
                      "packs" : 3,
                      "examples" : 10,
                      "tokens" : 700,
                      "label_tokens" : 300,
                      "bytes" : 4242,
                      "sha256" : "%1$s",
                      "length_bucket" : 0
                    }
                  ]
                }
                """
                                .formatted(SHA));
    }

    @Test
    void anotherFormatVersionSaysWhatToDo() {
        String json = example(PackingMethod.NONE).toJson().replace("\"format_version\" : 2", "\"format_version\" : 1");
        assertThatThrownBy(() -> Manifest.fromJson(json.replace("seed", "seeds"), "d/manifest.json"))
                .isInstanceOf(BadInputException.class)
                .hasMessage("d/manifest.json has format_version 1, but this Packtrain reads version 2;"
                        + " prepare the data again with this Packtrain");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"seed\" : 42 | \"seed\" : 42, \"seeds\" : 42 | seeds",
                "\"seed\" : 42, |  | Missing creator property 'seed'",
                "\"seed\" : 42 | \"seed\" : 42, \"seed\" : 42 | Duplicate",
                "\"seed\" : 42 | \"seed\" : \"42\" | at seed: ",
                "\"seed\" : 42 | \"seed\" : 4.2 | at seed: ",
                "\"seed\" : 42 | \"seed\" : null | at seed: ",
                "\"max_length\" : 64 | \"max_length\" : 0 | max_length is 0",
                "\"first_version\" : 1 | \"first_version\" : 0 | first_version is 0",
                "\"first_version\" : 1 | \"first_version\" : 2 | dataset_version is 1",
                "\"sequence\" | \"pairs\" | at example_kind",
                "\"packs\" : 3, | \"packs\" : 4, | counts.packs is 3, but the shards hold 4",
                "\"bytes\" : 4242 | \"bytes\" : true | at shards[0].bytes: ",
                "best_fit_decreasing | first_fit | first_fit",
                "\"padding_ratio\" : 0.0125 | \"padding_ratio\" : 1.5 | padding_ratio is 1.5",
                "shards/shard-00000.arrow | ../shard-00000.arrow | below the manifest",
                "shards/shard-00000.arrow | /shard-00000.arrow | below the manifest",
                "\"created_by\" : \"packtrain 0.1.0\" | \"created_by\" : null | created_by",
            })
    void whatIsNotAsWrittenIsRefused(String from, String to, String named) {
        String json = example(PackingMethod.BEST_FIT_DECREASING).toJson();
        assertThat(json).contains(from);
        assertThatThrownBy(() -> Manifest.fromJson(json.replace(from, to == null ? "" : to), "d/manifest.json"))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("d/manifest.json is not a valid manifest (")
                .hasMessageContaining(named)
                .hasMessageEndingWith("prepare the data again");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"{}", "[]", "null", "3", "''", "{", "{} {}", "{\"format_version\": 1} x"})
    void otherTextIsRefused(String json) {
        assertThatThrownBy(() -> Manifest.fromJson(json, "d/manifest.json"))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("d/manifest.json ");
    }

    @Test
    void aDirectoryWithoutOneIsNoDataSet() {
        assertThatThrownBy(() -> Manifest.read(directory.resolve(Manifest.FILE_NAME)))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(
                        directory + " is not a prepared data set: it has no manifest.json; run packtrain prepare");
    }

    @Test
    void isReadFromAFile() throws IOException {
        Manifest manifest = example(PackingMethod.NEXT_FIT);
        Path file = Files.writeString(directory.resolve(Manifest.FILE_NAME), manifest.toJson());
        assertThat(Manifest.read(file)).isEqualTo(manifest);
    }
}
