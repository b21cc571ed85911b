package dev.packtrain.jobs.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.checkpoint.OutputDirectory;
import dev.packtrain.training.options.SavingOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RestartPointTest {
    @TempDir
    Path dir;

    private RestartPoint point(String resume, boolean overwrite) throws IOException {
        return new RestartPoint(new SavingOptions(10, 2, resume, overwrite), dir);
    }

    private Path checkpoint(int step) throws IOException {
        return Files.createDirectory(dir.resolve("checkpoint-" + step));
    }

    private static SavingOptions saving(String resume, boolean overwrite) {
        return new SavingOptions(10, 2, resume, overwrite);
    }

    @Test
    void aRunThatNeverTrainedBeginsAsItWasAskedTo() throws IOException {
        checkpoint(500);
        assertThat(point("", true).next()).isEqualTo(saving("", true));
        assertThat(point("", false).next()).isEqualTo(saving("", false));
        assertThat(point("true", false).next()).isEqualTo(saving("true", false));
        assertThat(point(dir + "/checkpoint-500", false).next()).isEqualTo(saving(dir + "/checkpoint-500", false));
    }

    /** Rank 0 has removed what overwrite_output_dir is to replace, so the newest checkpoint is the run's own. */
    @Test
    void aRunThatTrainedTakesTheNewestOrNoneIfThereIsNoneYet() throws IOException {
        RestartPoint point = point("", true);
        point.started();
        assertThat(point.next()).isEqualTo(saving("true", true));
        RestartPoint continued = point("true", false);
        continued.started();
        assertThat(continued.next()).isEqualTo(saving("true", true));
    }

    /** The event that says so travels with a heartbeat and may be lost with its executor. */
    @Test
    void aCheckpointThatIsNewShowsThatTheRunTrained() throws IOException {
        RestartPoint point = point("", false);
        checkpoint(10);
        assertThat(point.next()).isEqualTo(saving("true", false));
    }

    @Test
    void aRunFromACertainCheckpointNeverTakesOneOfAnotherRun() throws IOException {
        checkpoint(30);
        Path abandoned = checkpoint(60);
        checkpoint(90);
        String asked = dir.resolve("checkpoint-30").toString();
        RestartPoint point = point(asked, false);
        point.started();
        assertThat(point.next()).isEqualTo(saving(asked, true));

        Files.delete(abandoned);
        Files.setLastModifiedTime(checkpoint(60), FileTime.from(Instant.now().plusSeconds(1)));
        assertThat(point.next()).isEqualTo(saving(dir.resolve("checkpoint-60").toString(), true));
        Files.createDirectory(dir.resolve(".checkpoint-70.tmp-1"));
        Files.createDirectory(dir.resolve("checkpoint-mine"));
        assertThat(point.next()).isEqualTo(saving(dir.resolve("checkpoint-60").toString(), true));
    }

    @Test
    void anOutputThatTheDriverDoesNotSee() throws IOException {
        RestartPoint point = new RestartPoint(saving("/else/checkpoint-3", false), dir.resolve("nowhere"));
        point.started();
        assertThat(point.next()).isEqualTo(saving("/else/checkpoint-3", true));
    }

    /** Rank 0 can be lost between the model's last file and its own last word. */
    @Test
    void aModelThatTheRunItselfHasFinishedIsReplaced() throws IOException, InterruptedException {
        RestartPoint point = point("", false);
        OutputDirectory first = OutputDirectory.claim(dir, saving("", false), () -> {});
        point.started();
        Files.writeString(dir.resolve("model.safetensors"), "weights");
        first.close();

        try (OutputDirectory again = OutputDirectory.claim(dir, point.next(), () -> {})) {
            assertThat(again.candidates()).isEmpty();
        }
        assertThat(dir.resolve("model.safetensors")).doesNotExist();
    }
}
