package dev.packtrain.packing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are no shards, or shards of another version. */
class ShardFormatTest {
    @TempDir
    Path directory;

    @Test
    void anArrowFileOfAnotherProgramIsRefused() throws IOException {
        Schema schema = new Schema(ShardFormat.schema(8, ExampleKind.SEQUENCE).getFields(), Map.of());
        assertRefused(arrowFile(schema), "is an Arrow file but no Packtrain shard");
    }

    @Test
    void anotherFormatVersionIsRefused() throws IOException {
        Map<String, String> metadata =
                new HashMap<>(ShardFormat.schema(8, ExampleKind.SEQUENCE).getCustomMetadata());
        metadata.put(ShardFormat.VERSION_KEY, "1");
        Schema schema = new Schema(ShardFormat.schema(8, ExampleKind.SEQUENCE).getFields(), metadata);
        assertRefused(
                arrowFile(schema),
                "has format version 1, but this Packtrain reads version 2; prepare the data again with this Packtrain");
    }

    @Test
    void otherColumnsAreRefused() throws IOException {
        Schema expected = ShardFormat.schema(8, ExampleKind.SEQUENCE);
        List<Field> fewer = expected.getFields().subList(0, 4);
        assertRefused(arrowFile(new Schema(fewer, expected.getCustomMetadata())), "does not have the columns");
        assertRefused(arrowFile(new Schema(List.of(), expected.getCustomMetadata())), "does not have the columns");
    }

    @Test
    void metadataThatContradictsTheColumnsIsRefused() throws IOException {
        Schema schema = new Schema(
                ShardFormat.schema(8, ExampleKind.SEQUENCE).getFields(),
                ShardFormat.schema(9, ExampleKind.SEQUENCE).getCustomMetadata());
        assertRefused(arrowFile(schema), "does not have the columns");
    }

    @Test
    void otherFilesAreRefused() throws IOException {
        Path file = directory.resolve("other.arrow");
        for (String text : List.of("", "ARROW1", "this is a text of more than a few bytes, but no Arrow file")) {
            assertRefused(Files.writeString(file, text), "is not a readable Arrow file");
        }
        assertRefused(directory.resolve("none.arrow"), "does not exist");
    }

    @Test
    void aTruncatedShardIsRefused() throws IOException {
        Path file = directory.resolve("shard.arrow");
        ShardRoundTripTest.write(file, List.of(new Pack(Examples.ofLengths(3))), 8);
        byte[] good = Files.readAllBytes(file);
        for (int length = 0; length < good.length; length += 13) {
            assertRefused(Files.write(file, Arrays.copyOf(good, length)), "is not a readable Arrow file");
        }
    }

    private static void assertRefused(Path file, String message) {
        assertThatThrownBy(() -> Shard.open(file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(message);
    }

    private Path arrowFile(Schema schema) throws IOException {
        Path file = directory.resolve("shard.arrow");
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
                var channel = Channels.newChannel(Files.newOutputStream(file));
                ArrowFileWriter writer = new ArrowFileWriter(root, null, channel)) {
            writer.start();
            writer.end();
        }
        assertThat(file).isNotEmptyFile();
        return file;
    }
}
