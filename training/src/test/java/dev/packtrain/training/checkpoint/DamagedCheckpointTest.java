package dev.packtrain.training.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.training.checkpoint.PieceMap.StoredPiece;
import dev.packtrain.training.checkpoint.PieceMap.StoredTensor;
import dev.packtrain.training.checkpoint.StatePiece.Kind;
import dev.packtrain.training.device.TorchRuntime;
import dev.packtrain.training.mesh.DeviceMesh;
import dev.packtrain.training.safetensors.Dtype;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happens to the files of a checkpoint is found, and the file or tensor is named. */
class DamagedCheckpointTest {
    private static final DeviceMesh MESH = new DeviceMesh(1, 2, 2);
    private static final List<SyntheticState.Whole> TENSORS = List.of(
            new SyntheticState.Whole("a.weight", new long[] {6, 4}, List.of(Kind.WEIGHT, Kind.EXP_AVG)),
            new SyntheticState.Whole("b.weight", new long[] {5}, List.of(Kind.WEIGHT)));

    @TempDir
    Path dir;

    private Path checkpoint;

    @BeforeAll
    static void load() {
        TorchRuntime.start(1);
    }

    @BeforeEach
    void write() throws Exception {
        checkpoint = SyntheticCheckpoint.write(dir, 7, 0, TENSORS, MESH, 3);
        assertThat(Checkpoints.problemOf(checkpoint)).isEmpty();
    }

    @Test
    void anyFlippedBitOfAnyFileIsFound() throws IOException {
        int flipped = 0;
        for (Path file : Durable.filesBelow(checkpoint)) {
            byte[] intact = Files.readAllBytes(file);
            boolean index = file.endsWith(CheckpointIndex.FILE_NAME);
            for (int at = 0; at < intact.length; at += index ? 1 : 37) {
                byte[] damaged = intact.clone();
                damaged[at] ^= (byte) (1 << at % 8);
                Files.write(file, damaged);
                assertThat(Checkpoints.problemOf(checkpoint))
                        .as("bit %d of byte %d of %s", at % 8, at, file.getFileName())
                        .isPresent();
                flipped++;
            }
            Files.write(file, intact);
        }
        assertThat(flipped).isGreaterThan(500);
        assertThat(Checkpoints.problemOf(checkpoint)).isEmpty();
    }

    @Test
    void everyFileThatIsCutShortOrMissingIsNamed() throws IOException {
        for (Path file : Durable.filesBelow(checkpoint)) {
            byte[] intact = Files.readAllBytes(file);
            String name = file.getFileName().toString();
            Files.write(file, Arrays.copyOf(intact, intact.length - 1));
            if (!file.endsWith(CheckpointIndex.FILE_NAME)) {
                assertThat(Checkpoints.problemOf(checkpoint).orElseThrow())
                        .isEqualTo("%s has %d bytes instead of %d", name, intact.length - 1, intact.length);
            }
            Files.write(file, Arrays.copyOf(intact, intact.length / 2));
            assertThat(Checkpoints.problemOf(checkpoint).orElseThrow()).startsWith(name);
            Files.delete(file);
            assertThat(Checkpoints.problemOf(checkpoint)).contains(name + " is missing");
            Files.write(file, intact);
        }
    }

    @Test
    void whatTheFileSystemDoesNotGiveIsAProblemOfTheCheckpointAndNoFailure() throws IOException {
        // Its first page is not mapped, so reading it is an error of the system, whoever asks.
        Path unreadable = Path.of("/proc/self/mem");
        Path index = checkpoint.resolve(CheckpointIndex.FILE_NAME);
        String intact = Files.readString(index);
        for (String name : List.of("beside.txt", "pieces.json")) {
            Path file = checkpoint.resolve(name);
            byte[] content = Files.readAllBytes(file);
            Files.delete(file);
            Files.createSymbolicLink(file, unreadable);
            Files.writeString(index, intact.replaceFirst("(?s)(\"" + name + "\".*?\"bytes\" : )\\d+", "$10"));
            assertThat(Checkpoints.problemOf(checkpoint)).contains(name + " cannot be read");
            Files.delete(file);
            Files.write(file, content);
            Files.writeString(index, intact);
        }
        Files.delete(index);
        Files.createSymbolicLink(index, unreadable);
        assertThat(Checkpoints.problemOf(checkpoint).orElseThrow()).startsWith("checkpoint.json cannot be read (");
    }

    @Test
    void oldFormatsAndEmptyIndexesAreNamed() throws IOException {
        Path index = checkpoint.resolve(CheckpointIndex.FILE_NAME);
        Files.writeString(index, "{\"format_version\": 1, \"files\": {}}");
        assertThat(Checkpoints.problemOf(checkpoint))
                .contains("it is of format 1, and this version of Packtrain reads format 2");
        for (String text : List.of(
                "null",
                "",
                "[]",
                "{\"format_version\": 2}",
                "{\"format_version\": 2, \"files\": null}",
                "{\"format_version\": 2, \"files\": {\"a\": null}}")) {
            Files.writeString(index, text);
            assertThat(Checkpoints.problemOf(checkpoint)).as(text).isPresent();
        }
        Files.writeString(index, "{\"format_version\": 2, \"files\": {}}");
        assertThat(Checkpoints.problemOf(checkpoint)).contains("pieces.json is missing");
    }

    @Test
    void aMapThatDoesNotCoverItsTensorsIsNoMap() {
        assertProblem(pieces -> pieces, null);
        assertProblem(pieces -> pieces.subList(1, 4), "x/weight: elements 0 to 6 of the part at 0 are missing");
        assertProblem(pieces -> pieces.subList(0, 3), "x/weight: elements 9 to 18 of the part at 2 are missing");
        assertProblem(pieces -> pieces.subList(0, 2), "x/weight: the part from 2 to 5 is missing");
        assertProblem(pieces -> pieces.subList(2, 4), "x/weight: the part from 0 to 2 is missing");
        assertProblem(pieces -> List.of(), "x/weight: no piece of it is there");
        assertProblem(
                pieces -> with(pieces, new StoredPiece("f", 0, 0, 2, 5, 7)),
                "x/weight: the piece at 5 of the part at 0 in f overlaps another one");
        assertProblem(
                pieces -> with(pieces, new StoredPiece("f", 0, 1, 1, 0, 6)),
                "x/weight: the part at 1 in f overlaps another one");
        assertProblem(
                pieces -> with(pieces, new StoredPiece("f", 1, 0, 6, 0, 30)),
                "x/weight: its pieces are cut along different dims");
        assertProblem(
                pieces -> with(pieces, new StoredPiece("f", 0, 4, 2, 0, 12)),
                "x/weight: the piece in f is not one of a tensor of that shape");
    }

    private static void assertProblem(UnaryOperator<List<StoredPiece>> change, String problem) {
        List<StoredPiece> pieces = List.of(
                new StoredPiece("a", 0, 0, 2, 0, 6),
                new StoredPiece("b", 0, 0, 2, 6, 6),
                new StoredPiece("c", 0, 2, 3, 0, 9),
                new StoredPiece("d", 0, 2, 3, 9, 9));
        PieceMap map = new PieceMap(
                List.of(new StoredTensor("x", Kind.WEIGHT, Dtype.F32, new long[] {5, 6}, change.apply(pieces))));
        assertThat(map.problem().orElse(null)).isEqualTo(problem);
    }

    private static List<StoredPiece> with(List<StoredPiece> pieces, StoredPiece more) {
        List<StoredPiece> all = new ArrayList<>(pieces);
        all.add(more);
        return all;
    }

    @Test
    void aFileThatTheIndexDoesNotListIsNotTrusted() throws IOException {
        String state = "state-00001-of-00004.safetensors";
        Map<String, CheckpointIndex.Entry> files = new java.util.LinkedHashMap<>(
                CheckpointIndex.read(checkpoint).index().orElseThrow().files());
        files.remove(state);
        Files.write(
                checkpoint.resolve(CheckpointIndex.FILE_NAME),
                StrictJson.MAPPER.writeValueAsBytes(new CheckpointIndex(CheckpointIndex.FORMAT_VERSION, files)));
        assertThat(Checkpoints.problemOf(checkpoint)).contains(state + " is not listed in checkpoint.json");
    }

    @Test
    void anotherModelOrDtypeIsRefusedWithBoth() {
        assertRefused(
                new SyntheticState.Whole("c.weight", new long[] {2}, List.of(Kind.WEIGHT)),
                "has no weight of c.weight");
        assertRefused(
                new SyntheticState.Whole("b.weight", new long[] {5}, List.of(Kind.REMAINDER)),
                "has no remainder of b.weight");
        assertRefused(
                new SyntheticState.Whole("b.weight", new long[] {6}, List.of(Kind.WEIGHT)),
                "has weight of b.weight as BF16 [5], this run has it as BF16 [6]");
    }

    private void assertRefused(SyntheticState.Whole wanted, String sentence) {
        try (SyntheticState state = SyntheticState.of(List.of(wanted), DeviceMesh.ONE, 0, 1, false)) {
            assertThatThrownBy(() -> CheckpointReader.restore(checkpoint, state))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(checkpoint.toString())
                    .hasMessageContaining(sentence);
        }
    }
}
