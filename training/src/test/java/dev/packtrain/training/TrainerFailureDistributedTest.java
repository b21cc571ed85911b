package dev.packtrain.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.checkpoint.OutputLock;
import dev.packtrain.training.launch.LaunchSpec;
import dev.packtrain.training.launch.TrainerEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training processes that are killed, abandoned or started wrongly. */
class TrainerFailureDistributedTest {
    private static final int ENDLESS = 1_000_000;
    private static final Duration FAST = Duration.ofSeconds(60);

    @TempDir
    Path temp;

    private Path data;
    private Path output;

    @BeforeEach
    void prepare() throws IOException {
        data = TinyData.write(temp.resolve("data"), 20);
        output = temp.resolve("model");
    }

    @Test
    void aKilledRankEndsTheOtherAtOnceAndTheSameCommandResumes() throws Exception {
        TinyOptions options = TinyOptions.of(1, 1, ENDLESS).saving(5, 2, "true", false);
        try (TrainerRun run = TrainerRun.start(temp, data, output, options, 2)) {
            while (!run.rank(0).until(TrainerEvent.Notice.class).message().startsWith("Checkpoint of step 5")) {
                assertThat(run.failures()).isEmpty();
            }
            run.rank(1).kill();
            Instant killed = Instant.now();
            assertThat(run.rank(0).exitCode()).isEqualTo(3);
            assertThat(Duration.between(killed, Instant.now())).isLessThan(FAST);
            assertThat(run.failures()).singleElement().satisfies(failed -> {
                assertThat(failed.kind()).isEqualTo(TrainerEvent.Failed.Kind.PEER);
                assertThat(failed.message()).startsWith("[rank 0 step=").contains("rank 1 is gone");
            });
            assertThat(output.resolve(OutputLock.FILE_NAME)).doesNotExist();
        }
        try (TrainerRun run = TrainerRun.start(temp, data, output, options, 2)) {
            TrainerEvent.Started started = run.rank(0).until(TrainerEvent.Started.class);
            assertThat(started.startStep()).isPositive().satisfies(step -> assertThat(step % 5)
                    .isZero());
            // A SIGKILL leaves the lock behind; the next job on this host sees that its owner is dead.
            run.rank(0).kill();
            assertThat(run.rank(1).exitCode()).isEqualTo(3);
        }
        assertThat(output.resolve(OutputLock.FILE_NAME)).exists();
        try (TrainerRun run = TrainerRun.start(temp, data, output, options, 1)) {
            assertThat(run.exitCodes()).containsExactly(2);
            assertThat(run.failures().get(0).message()).contains("2 packs a step, this run has 1");
        }
    }

    @Test
    void aFullDiskIsASentenceThatNamesTheDirectory() throws Exception {
        try (TrainerRun run = TrainerRun.start(temp, data, output, TinyOptions.of(1, 1, ENDLESS), 1)) {
            run.rank(0).until(TrainerEvent.Step.class);
            Path full = Files.createSymbolicLink(temp.resolve("full"), Path.of("/dev/full"));
            Files.move(full, output.resolve("metrics.jsonl"), StandardCopyOption.ATOMIC_MOVE);
            assertThat(run.exitCodes()).containsExactly(2);
            mustName(
                    run, "a line of the log could not be written into output_dir " + output, "No space left on device");
        }
        Files.delete(output.resolve("metrics.jsonl"));
        Files.createDirectories(output.resolve("tokenizer.json").resolve("of somebody"));
        try (TrainerRun run = TrainerRun.start(temp, data, output, TinyOptions.of(1, 1, 2), 1)) {
            assertThat(run.exitCodes()).containsExactly(2);
            mustName(run, "the model could not be written into output_dir " + output, "tokenizer.json");
        }
        assertThat(output.resolve("model.safetensors")).doesNotExist();
    }

    /** A weight of 2^48 elements is more than a process can address anywhere. */
    @Test
    void memoryThatRunsOutIsASentenceWithWhatWouldNeedLess() throws Exception {
        LaunchSpec spec = TrainerRun.spec(temp, data, output, TinyOptions.of(1, 1, 2), 0, 1);
        Path config = TinyData.writeConfig(temp);
        Files.writeString(
                config,
                Files.readString(config)
                        .replace("\"intermediate_size\": 64", "\"intermediate_size\": 1073741824")
                        .replace("\"hidden_size\": 32", "\"hidden_size\": 262144, \"head_dim\": 4"));
        try (TrainerChild child = TrainerChild.start(spec, temp.resolve("stderr.txt"))) {
            child.meet(child.until(TrainerEvent.Ready.class).storePort());
            assertThat(child.exitCode()).isEqualTo(2);
            assertThat(child.seen(TrainerEvent.Failed.class)).singleElement().satisfies(failed -> {
                assertThat(failed.kind()).isEqualTo(TrainerEvent.Failed.Kind.USER);
                assertThat(failed.message())
                        .startsWith(
                                "the memory of this host ran out: 1048576.000 GiB more were wanted; need less with");
            });
        }
        assertThat(temp.resolve("stderr.txt")).content().contains("alloc_cpu");
        assertThat(output.resolve(OutputLock.FILE_NAME)).doesNotExist();
    }

    private static void mustName(TrainerRun run, String what, String why) {
        assertThat(run.failures()).singleElement().satisfies(failed -> {
            assertThat(failed.kind()).isEqualTo(TrainerEvent.Failed.Kind.USER);
            assertThat(failed.message()).contains(what, why, "full or away");
        });
    }

    @Test
    void aChildWhoseParentIsGoneEnds() throws Exception {
        try (TrainerRun run = TrainerRun.start(temp, data, output, TinyOptions.of(1, 1, ENDLESS), 2)) {
            run.rank(0).until(TrainerEvent.Step.class);
            Instant abandoned = Instant.now();
            run.rank(0).abandon();
            run.rank(1).abandon();
            assertThat(run.exitCodes()).containsExactly(3, 3);
            assertThat(Duration.between(abandoned, Instant.now())).isLessThan(FAST);
        }
    }

    @Test
    void aSecondJobInTheSameOutputIsRefused() throws Exception {
        try (TrainerRun first = TrainerRun.start(temp, data, output, TinyOptions.of(1, 1, ENDLESS), 1)) {
            first.rank(0).until(TrainerEvent.Step.class);
            try (TrainerRun second = TrainerRun.start(temp, data, output, TinyOptions.of(1, 1, 2), 1)) {
                assertThat(second.exitCodes()).containsExactly(2);
                assertThat(second.failures()).singleElement().satisfies(failed -> {
                    assertThat(failed.kind()).isEqualTo(TrainerEvent.Failed.Kind.USER);
                    assertThat(failed.message()).contains("is in use by process");
                });
            }
        }
    }

    @Test
    void aFinishedModelIsNotOverwrittenByAccidentAndBrokenDataIsNamed() throws Exception {
        TinyOptions options = TinyOptions.of(1, 1, 2);
        try (TrainerRun run = TrainerRun.start(temp, data, output, options, 1)) {
            run.mustSucceed();
        }
        try (TrainerRun run = TrainerRun.start(temp, data, output, options, 1)) {
            assertThat(run.exitCodes()).containsExactly(2);
            assertThat(run.failures().get(0).message()).contains("already holds a finished model");
        }
        Path shard = data.resolve("shards/shard-00001.arrow");
        byte[] bytes = Files.readAllBytes(shard);
        bytes[bytes.length / 2] ^= 1;
        Files.write(shard, bytes);
        try (TrainerRun run =
                TrainerRun.start(temp, data, output, TinyOptions.of(4, 5, 1).saving(0, 0, "", true), 1)) {
            assertThat(run.exitCodes()).containsExactly(2);
            assertThat(run.failures().get(0).message()).contains("shard-00001.arrow");
        }
    }
}
