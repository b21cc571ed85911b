package dev.packtrain.jobs;

import static dev.packtrain.jobs.PacktrainRun.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.packtrain.training.checkpoint.OutputLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run} where an earlier one got so far, or is at work. */
class RunAgainIT {
    private static final String CONFIG = "--config_name=../conf/models/llama-tiny.json";

    @TempDir
    static Path shared;

    private static GoodData good;

    @TempDir
    Path dir;

    @BeforeAll
    static void prepareGoodData() throws Exception {
        good = GoodData.in(shared);
    }

    private String[] run(String model, String... more) {
        List<String> args = new ArrayList<>(List.of(good.prepare(good.rows(), dir.resolve("out"), model)));
        args.set(0, "run");
        args.add("--max_steps=1");
        args.addAll(List.of(more));
        return args.toArray(String[]::new);
    }

    @Test
    void whatWasPreparedBeforeTrainingFailedIsTrainedOn() throws Exception {
        Path base = Files.createDirectory(dir.resolve("base"));
        String config = Files.readString(Path.of("../conf/models/llama-tiny.json"));
        Files.writeString(base.resolve("config.json"), config.replaceFirst("\\{", "{\"vocab_size\": 300,"));
        assertThat(refused(run("--model_name_or_path=" + base))).contains(base.toString());
        Path manifest = dir.resolve("out/data/manifest.json");
        FileTime prepared = Files.getLastModifiedTime(manifest);

        assertThat(refused(run(CONFIG)))
                .contains("output_dir holds what an earlier run prepared", "--resume_from_checkpoint true");
        PacktrainRun resumed = PacktrainRun.of(run(CONFIG, "--resume_from_checkpoint=true"));
        assertThat(resumed.status()).as(resumed.err()).isZero();
        assertThat(resumed.out()).contains("a run that resumes prepares nothing again");
        assertThat(Files.getLastModifiedTime(manifest)).isEqualTo(prepared);
        assertThat(dir.resolve("out/model/model.safetensors")).exists();
    }

    @Test
    void aMistakeInTheConfigIsFoundBeforeARowIsRead() throws Exception {
        assertThat(refused(run(CONFIG, "--config_overrides=num_key_value_heads=3")))
                .contains("num_key_value_heads is 3, wanted a divisor of num_attention_heads");
        Path cut = Files.writeString(dir.resolve("cut.json"), "{\"model_type\":");
        assertThat(refused(run("--config_name=" + cut))).contains("cut.json is not valid JSON");
        assertThat(dir.resolve("out")).doesNotExist();
    }

    /** Nothing is prepared first, which with overwrite_output_dir would take the other run's data away. */
    @Test
    void aModelThatIsBeingTrainedOrThereIsFoundBeforeARowIsRead() throws Exception {
        Path model = Files.createDirectories(dir.resolve("out/model"));
        try (OutputLock held = OutputLock.acquire(model, () -> {})) {
            assertThat(held).isNotNull();
            assertThat(refused(run(CONFIG, "--overwrite_output_dir=true"))).contains("out/model is in use by process");
            assertThat(refused(good.train(good.data(), model, CONFIG))).contains("out/model is in use by process");
        }
        Files.writeString(model.resolve("model.safetensors"), "of an earlier run");
        assertThat(refused(run(CONFIG))).contains("out/model already holds a finished model");
        assertThat(dir.resolve("out")).isDirectoryContaining("glob:**/model").isDirectoryNotContaining("glob:**/data");
        assertThat(model.resolve("logs")).doesNotExist();
    }

    /** Between preparing and training no folder below is locked. */
    @Test
    void oneRunIsAtWorkInADirectoryFromItsFirstRowToItsModel() throws Exception {
        Path out = Files.createDirectories(dir.resolve("out"));
        try (OutputLock held = OutputLock.acquire(out, () -> {})) {
            assertThat(held).isNotNull();
            assertThat(refused(run(CONFIG, "--overwrite_output_dir=true"))).contains("/out is in use by process");
        }
        assertThat(out).isEmptyDirectory();
    }

    @Test
    void dataAndModelAreInOneFolderWhereTheDefaultFileSystemIsAnother() throws Exception {
        Map<String, String> elsewhere = Map.of(
                "spark.hadoop.fs.defaultFS",
                "viewfs://elsewhere/",
                "spark.hadoop.fs.viewfs.mounttable.elsewhere.link./mounted",
                dir.toUri().toString());
        elsewhere.forEach(System::setProperty);
        try {
            PacktrainRun done = PacktrainRun.of(run(
                    CONFIG,
                    "--dataset_name_or_path=" + good.rows().toUri(),
                    "--output_dir=file://" + dir.resolve("out")));
            assertThat(done.status()).as(done.err()).isZero();
            assertThat(done.out()).contains(dir.resolve("out/data").toString());
        } finally {
            elsewhere.keySet().forEach(System::clearProperty);
        }
        assertThat(dir.resolve("out/data/manifest.json")).exists();
        assertThat(dir.resolve("out/model/model.safetensors")).exists();
    }
}
