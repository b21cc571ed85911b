package dev.packtrain.training.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.device.TensorScope;
import dev.packtrain.training.device.TorchRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafetensorsTest {
    @TempDir
    Path dir;

    @BeforeAll
    static void start() {
        TorchRuntime.start(1);
    }

    @Test
    void everyDtypeSurvives() {
        TensorScope.run(() -> {
            Map<String, Tensor> tensors = new LinkedHashMap<>();
            for (Dtype dtype : Dtype.values()) {
                tensors.put("a." + dtype, torch.randn(3, 5).mul(torch.ones(1)).to(dtype.scalarType()));
            }
            tensors.put("scalar", torch.ones(1).squeeze());
            tensors.put("empty", torch.zeros(0, 4));
            tensors.put("strided", torch.randn(4, 6).t());
            Path file = write(tensors);
            try (SafetensorsFile read = SafetensorsFile.open(file)) {
                assertThat(read.tensors().keySet()).containsExactlyElementsOf(tensors.keySet());
                tensors.forEach((name, tensor) -> {
                    assertThat(read.read(name).scalar_type().intern())
                            .isEqualTo(tensor.scalar_type().intern());
                    assertThat(read.read(name).equal(tensor)).as(name).isTrue();
                });
            }
        });
    }

    @Test
    void aPartIsTheSameElementsAsInTheWhole() {
        TensorScope.run(() -> {
            // Rows of 6 MiB: parts of them are copied out of blocks of two, two and one.
            Tensor wide = torch.arange(new Scalar(5L * 3 * (1 << 20)))
                    .to(ScalarType.Short)
                    .view(5, 3 << 20);
            Map<String, Tensor> tensors = Map.of(
                    "wide",
                    wide,
                    "row",
                    torch.randn(7),
                    "cube",
                    torch.randn(3, 4, 5),
                    "scalar",
                    torch.ones(1).squeeze());
            try (SafetensorsFile read = SafetensorsFile.open(write(tensors))) {
                assertPart(read, "wide", wide, 1, 1 << 20, (1 << 20) + 3);
                assertPart(read, "wide", wide, 0, 2, 2);
                assertPart(read, "row", tensors.get("row"), 0, 6, 1);
                assertPart(read, "row", tensors.get("row"), 0, 0, 7);
                assertPart(read, "cube", tensors.get("cube"), 1, 1, 2);
                assertPart(read, "cube", tensors.get("cube"), 2, 3, 2);
                assertPart(read, "cube", tensors.get("cube"), 2, 3, 0);
                assertThat(read.read("scalar", 0, 0, 1).item_double()).isEqualTo(1);
                assertThatThrownBy(() -> read.read("row", 0, 5, 3))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("'row' has shape [7], wanted 5 to 8 of dim 0");
            }
        });
    }

    private static void assertPart(SafetensorsFile file, String name, Tensor whole, int dim, long from, long length) {
        Tensor part = file.read(name, dim, from, length);
        assertThat(part.is_contiguous()).isTrue();
        assertThat(part.equal(whole.narrow(dim, from, length))).as(name).isTrue();
    }

    @Test
    void theSameTensorsGiveTheSameBytesAndAlignedData() {
        TensorScope.run(() -> {
            Map<String, Tensor> tensors = Map.of("w", torch.ones(3));
            byte[] first = bytes(write(tensors));
            assertThat(bytes(write(tensors))).isEqualTo(first);
            assertThat(ByteBuffer.wrap(first).order(ByteOrder.LITTLE_ENDIAN).getLong() % 8)
                    .isZero();
        });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "not json | is not JSON",
                "[] | is not a JSON object",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | Duplicate",
                "{'a':{'dtype':'F4','shape':[2],'data_offsets':[0,8]}} | has the dtype F4, but only [BOOL, U8,",
                "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}} | wanted 12",
                "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}} | wanted a size",
                "{'a':{'dtype':'F32','shape':[9223372036854775807,4],'data_offsets':[0,8]}} | too large",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | rising",
                "{'a':{'dtype':'F32','shape':[2]}} | no data_offsets",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,16]}} | begins at 8, wanted 0",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | take 4 bytes, but 8 follow",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | begins at 4, wanted 8",
                "{'a':{'dtype':'F32','shape':[4],'data_offsets':[0,16]}} | take 16 bytes, but 8 follow",
                "{'':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | not a name",
                "77 | is not a JSON object"
            })
    void malformedHeadersAreRefusedWithTheFile(String header, String problem) throws IOException {
        Path file = raw(header.replace('\'', '"'), new byte[8]);
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(problem);
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "-1", "100000001", "9223372036854775807"})
    void wrongHeaderLengthsAreRefused(long claimed) throws IOException {
        Path file = dir.resolve("length.safetensors");
        ByteBuffer buffer =
                ByteBuffer.allocate(100).order(ByteOrder.LITTLE_ENDIAN).putLong(claimed);
        Files.write(file, buffer.array());
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("header claims");
    }

    @Test
    void shardsAreReadThroughTheIndex() {
        TensorScope.run(() -> {
            writeTo("model-00001.safetensors", Map.of("a", torch.ones(2)));
            writeTo("model-00002.safetensors", Map.of("b", torch.zeros(3)));
            index("{'weight_map':{'a':'model-00001.safetensors','b':'model-00002.safetensors'}}");
            try (SafetensorsDirectory files = SafetensorsDirectory.open(dir)) {
                assertThat(files.names()).containsExactlyInAnyOrder("a", "b");
                assertThat(files.read("b").equal(torch.zeros(3))).isTrue();
                assertThat(files.entry("c")).isNull();
            }
        });
    }

    @Test
    void aShardThatIsNotThereIsNamed() {
        index("{'weight_map':{'a':'model-00001.safetensors'}}");
        assertThatThrownBy(() -> SafetensorsDirectory.open(dir))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("There is no file " + dir.resolve("model-00001.safetensors"))
                .message()
                .doesNotContain("Exception");
    }

    @ParameterizedTest
    @CsvSource({
        "../x.safetensors",
        "/etc/x.safetensors",
        "a/b.safetensors",
        "..safetensors",
        "x.bin",
        "a\\b.safetensors"
    })
    void anIndexNamesOnlyFilesBesideIt(String name) {
        index("{'weight_map':{'a':'" + name.replace("\\", "\\\\") + "'}}");
        assertThatThrownBy(() -> SafetensorsDirectory.open(dir))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("wanted a .safetensors file beside it");
    }

    @Test
    void aDirectoryWithoutWeightsSaysSo() {
        assertThatThrownBy(() -> SafetensorsDirectory.open(dir))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("neither model.safetensors nor");
    }

    private Path write(Map<String, Tensor> tensors) {
        return writeTo("model.safetensors", tensors);
    }

    private Path writeTo(String name, Map<String, Tensor> tensors) {
        try {
            SafetensorsWriter.write(dir.resolve(name), tensors, Map.of("format", "pt"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return dir.resolve(name);
    }

    private void index(String json) {
        try {
            Files.writeString(dir.resolve("model.safetensors.index.json"), json.replace('\'', '"'));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Path raw(String header, byte[] data) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer buffer = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putLong(json.length).put(json).put(data);
        return Files.write(dir.resolve("raw.safetensors"), buffer.array());
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
