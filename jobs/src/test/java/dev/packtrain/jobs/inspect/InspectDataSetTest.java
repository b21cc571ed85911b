package dev.packtrain.jobs.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.packtrain.jobs.cli.Capture;
import dev.packtrain.jobs.progress.Screen;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectDataSetTest {
    @TempDir
    Path dir;

    private Path data;

    @BeforeAll
    static void log() {
        Capture.logToTarget();
    }

    @BeforeEach
    void write() throws IOException {
        data = TinyDataSet.write(dir.resolve("data"));
    }

    @Test
    void figuresAreThoseOfTheManifest() {
        Capture run = Capture.of("inspect", data.toString());

        assertThat(run.status()).isZero();
        assertThat(run.out())
                .startsWith("data set " + data)
                .containsPattern("tokens +9\n")
                .containsPattern("label tokens +5\n")
                .containsPattern("padding ratio +50.00 %\n")
                .containsPattern("shards/shard-00000.arrow +2 +3 +9 +5 ")
                .doesNotContain("verified");
    }

    @Test
    void packIsDecodedWithMaskedTokensInBrackets() {
        Capture run = Capture.of("inspect", data.toString(), "--pack", "0");

        assertThat(run.out())
                .contains("pack 0: 2 documents, 7 tokens, 4 of them with a loss, 2 padding")
                .contains("example 17: tokens 0 to 3, positions 0 to 3\n    [red coat] warm </s>\n")
                .contains("example 5: tokens 4 to 6, positions 0 to 2\n    [coat] soft </s>\n");
    }

    @Test
    void onATerminalMaskedTokensAreGrey() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream stream = new PrintStream(out, true, StandardCharsets.UTF_8);

        new InspectionText(new Screen(stream, stream, true), new TerminalPaper(80, true))
                .show(Inspection.of(new Inspection.Request(data, null, false, 0L)));

        assertThat(out.toString(StandardCharsets.UTF_8)).contains("\u001b[90mred coat\u001b[0m warm </s>");
    }

    @Test
    void verifyingSaysSo() {
        assertThat(Capture.of("inspect", data.toString(), "--verify").out())
                .containsPattern("verified +size and SHA-256 of every shard")
                .containsPattern("KiB +ok\n");
    }

    @Test
    void flippedBitIsFoundNamedAndReportedInJson() throws IOException {
        Path shard = data.resolve(TinyDataSet.SHARD);
        byte[] bytes = Files.readAllBytes(shard);
        bytes[bytes.length / 2] ^= 1;
        Files.write(shard, bytes);
        Path json = dir.resolve("found.json");

        Capture run = Capture.of("inspect", data.toString(), "--verify", "--json", json.toString());

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.out()).contains("DIFFERS");
        assertThat(run.err()).contains(shard.toString()).contains("got SHA-256").hasLineCount(1);
        JsonNode found = new ObjectMapper().readTree(json.toFile());
        assertThat(found.path("problems").size()).isEqualTo(1);
        assertThat(found.path("shards").path(0).path("verified").asText()).isEqualTo("DIFFERS");
    }

    @Test
    void cutShardAndForeignTokenizerAreBothFound() throws IOException {
        Path shard = data.resolve(TinyDataSet.SHARD);
        Files.write(shard, java.util.Arrays.copyOf(Files.readAllBytes(shard), 100));
        Files.writeString(data.resolve("versions/00001/tokenizer/tokenizer.json"), "{}");

        Capture run = Capture.of("inspect", data.toString(), "--verify");

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.out())
                .contains("2 of 2 files differ")
                .contains("got 100 bytes")
                .contains("is not the tokenizer");
    }

    @Test
    void foreignTokenizerDecodesNothing() throws IOException {
        Path tokenizer = data.resolve("versions/00001/tokenizer/tokenizer.json");
        Files.writeString(tokenizer, Files.readString(tokenizer).replace("red", "blue"));

        Capture run = Capture.of("inspect", data.toString(), "--pack", "0");

        assertThat(run.status()).isEqualTo(2);
        assertThat(run.err()).contains("is not the tokenizer that made this data set");
    }

    @Test
    void packsOutsideTheDataSetAreRefusedWithTheirRange() {
        for (String number : new String[] {"2", "-1"}) {
            Capture run = Capture.of("inspect", data.toString(), "--pack=" + number);

            assertThat(run.status()).isEqualTo(2);
            assertThat(run.err()).contains("--pack is " + number).contains("are 0 to 1;");
        }
    }

    @Test
    void jsonHoldsTheSpansOfAPack() throws IOException {
        Path json = dir.resolve("found.json");

        Capture.of("inspect", data.toString(), "--pack", "0", "--json", json.toString());

        JsonNode found = new ObjectMapper().readTree(json.toFile());
        assertThat(found.path("kind").asText()).isEqualTo("data_set");
        assertThat(found.path("label_tokens").asInt()).isEqualTo(5);
        JsonNode document = found.path("pack").path("documents").path(0);
        assertThat(document.path("example_id").asLong()).isEqualTo(17);
        assertThat(document.path("spans").path(0).path("labelled").asBoolean(true))
                .isFalse();
        assertThat(document.path("spans").path(1).path("first_token").asInt()).isEqualTo(2);
    }

    @Test
    void controlCharactersOfDataDoNotReachTheTerminal() {
        assertThat(Printable.of("a\u001b[2J\nb\u0007")).isEqualTo("a\\u001b[2J\\nb\\u0007");
    }
}
