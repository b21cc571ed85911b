package dev.packtrain.training.collectives;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Three processes that add up; one is killed or stopped in the middle of it, and the others say which. */
class LostRankDistributedTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"KILL,1,false", "KILL,0,true", "STOP,0,false", "STOP,1,true"})
    void isNamedInTime(String signal, int victim, boolean tcp) throws Exception {
        List<String> before = sharedFiles();
        List<RankChild> ranks = new ArrayList<>();
        try {
            Path errors = folder.resolve("errors.txt");
            ranks.add(RankChild.start(0, 3, 0, tcp, errors));
            int port = Integer.parseInt(ranks.get(0).after("port"));
            ranks.add(RankChild.start(1, 3, port, tcp, errors));
            ranks.add(RankChild.start(2, 3, port, tcp, errors));
            for (RankChild rank : ranks) {
                assertThat(rank.after("running")).isEqualTo("3");
            }
            long start = System.nanoTime();
            ranks.get(victim).signal(signal);
            for (int r = 0; r < 3; r++) {
                if (r != victim) {
                    assertThat(ranks.get(r).after("lost"))
                            .as("rank %d", r)
                            .contains("of group world", "rank " + victim)
                            .containsAnyOf("gradients", "weights");
                }
            }
            // A process that has ended is noticed at once; one that is stopped after the 5 s of silence that are
            // allowed here.
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
        } finally {
            for (RankChild rank : ranks) {
                rank.close();
            }
        }
        assertThat(sharedFiles()).isEqualTo(before);
    }

    /** The cable to the host of rank 1 is cut: no process ends, no connection is closed. */
    @Test
    void behindACutCableIsNamedInTime() throws Exception {
        assumeTrue(CutNetwork.isPossible(), "networks can be made (ip netns, as root)");
        Path errors = folder.resolve("errors.txt");
        try (CutNetwork network = new CutNetwork();
                RankChild zero =
                        RankChild.start(List.of(), CutNetwork.HERE, CutNetwork.HERE, List.of(0, 2, 0), true, errors)) {
            int port = Integer.parseInt(zero.after("port"));
            try (RankChild one = RankChild.start(
                    network.there(), CutNetwork.HERE, CutNetwork.THERE, List.of(1, 2, port), true, errors)) {
                assertThat(zero.after("running")).isEqualTo("3");
                assertThat(one.after("running")).isEqualTo("3");
                long start = System.nanoTime();
                network.cut();
                assertThat(zero.after("lost")).contains("of group world", "rank 1");
                assertThat(one.after("lost")).contains("of group world", "rank 0");
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(60));
            }
        }
    }

    private static List<String> sharedFiles() throws Exception {
        try (Stream<Path> files = Files.list(Path.of("/dev/shm"))) {
            return files.map(Path::toString)
                    .filter(name -> name.contains("packtrain"))
                    .sorted()
                    .toList();
        }
    }
}
