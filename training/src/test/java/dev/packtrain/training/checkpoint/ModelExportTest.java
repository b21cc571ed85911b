package dev.packtrain.training.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.training.checkpoint.StatePiece.Kind;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.safetensors.SafetensorsDirectory;
import dev.packtrain.training.safetensors.TensorBytes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A model that is spread over eight ranks becomes a plain Hugging Face directory. */
class ModelExportTest {
    private static final DeviceMesh MESH = new DeviceMesh(2, 2, 2);
    private static final List<SyntheticState.Whole> TENSORS = List.of(
            new SyntheticState.Whole("a.weight", new long[] {6, 4}, List.of(Kind.values())),
            new SyntheticState.Whole("b.weight", new long[] {30}, List.of(Kind.values())),
            new SyntheticState.Whole("c.weight", new long[] {3, 5, 2}, List.of(Kind.values())));
    private static final List<String> ORDER = List.of("c.weight", "a.weight", "b.weight");

    @TempDir
    Path dir;

    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    private void export(long maxFileBytes, List<String> order) throws IOException {
        List<ModelExport> ranks = new ArrayList<>();
        for (int rank = 0; rank < MESH.worldSize(); rank++) {
            ModelExport export = new ModelExport(dir, rank, MESH.worldSize(), maxFileBytes);
            ranks.add(export);
            try (SyntheticState state = SyntheticState.of(TENSORS, MESH, rank, 5, true)) {
                export.writePieces(state.pieces());
            }
        }
        for (ModelExport export : ranks) {
            export.assemble(order);
        }
        ranks.get(0).removePieces();
    }

    @Test
    void aSmallModelIsOneFileInTheOrderAsked() throws IOException {
        export(ModelExport.MAX_FILE_BYTES, ORDER);
        assertThat(names()).containsExactly("model.safetensors");
        assertWeights();
    }

    @Test
    void aLargeOneIsSeveralWithAnIndex() throws IOException {
        // a has 48 bytes, b and c 60.
        export(108, ORDER);
        assertThat(names())
                .containsExactly(
                        "model-00001-of-00002.safetensors",
                        "model-00002-of-00002.safetensors",
                        "model.safetensors.index.json");
        assertThat(Files.readString(dir.resolve(ModelExport.INDEX))).contains("\"total_size\" : 168");
        assertWeights();
    }

    @Test
    void weightsThatNobodyWroteAreMissed() {
        assertThatThrownBy(() -> export(ModelExport.MAX_FILE_BYTES, List.of("c.weight", "a.weight")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("b.weight");
    }

    @Test
    void aNewModelTakesThePlaceOfAnOlderOneOfTheOtherKind() throws Exception {
        Path output = Files.createDirectory(dir.resolve("output"));
        try (OutputDirectory claimed = OutputDirectory.claim(
                output, new dev.packtrain.training.options.SavingOptions(0, 0, "", false), () -> {})) {
            claimed.publish(files("model.safetensors", "config.json"));
            assertThat(list(output)).containsExactly("config.json", "model.safetensors");
            claimed.publish(
                    files("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", ModelExport.INDEX));
            assertThat(list(output))
                    .containsExactly(
                            "config.json",
                            "model-00001-of-00002.safetensors",
                            "model-00002-of-00002.safetensors",
                            "model.safetensors.index.json");
            claimed.publish(files("model.safetensors"));
            assertThat(list(output)).containsExactly("config.json", "model.safetensors");
        }
    }

    private List<Path> files(String... names) throws IOException {
        List<Path> files = new ArrayList<>();
        for (String name : names) {
            files.add(Files.writeString(dir.resolve(name), name));
        }
        return files;
    }

    private static List<String> list(Path folder) throws IOException {
        return Durable.filesBelow(folder).stream()
                .map(file -> file.getFileName().toString())
                .filter(name -> !name.equals(OutputLock.FILE_NAME))
                .toList();
    }

    private List<String> names() throws IOException {
        return list(dir);
    }

    private void assertWeights() {
        TensorScope.run(() -> {
            try (SafetensorsDirectory model = SafetensorsDirectory.open(dir);
                    SyntheticState whole = SyntheticState.of(TENSORS, DeviceMesh.ONE, 0, 1, true)) {
                assertThat(model.names()).containsExactlyElementsOf(ORDER);
                for (StatePiece piece : whole.pieces()) {
                    if (piece.kind() == Kind.WEIGHT) {
                        Tensor read = model.read(piece.name());
                        assertThat(read.shape()).isEqualTo(piece.split().wholeShape());
                        byte[] bytes = new byte[(int) read.nbytes()];
                        TensorBytes.of(read, 0, bytes.length).get(bytes);
                        assertThat(bytes).isEqualTo(SyntheticState.expected(piece));
                    }
                }
            }
        });
    }
}
