package dev.packtrain.jobs.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SparkSessionsTest {
    @TempDir
    Path dir;

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "local[0]", "yarn"})
    void aMasterThatSparkDoesNotTakeIsNamed(String master) {
        assertThatThrownBy(() -> SparkSessions.open("test", master, 0))
                .isInstanceOf(BadInputException.class)
                .hasMessageStartingWith("Spark does not start on --master " + master + " (")
                .hasMessageContaining("; change the setting that this names, or give local[N], spark://HOST:PORT");
    }

    @Test
    void aSettingThatSparkRefusesIsNamed() {
        System.setProperty("spark.executor.memory", "200m");
        try {
            assertThatThrownBy(() -> SparkSessions.open("test", "local[1]", 0))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageStartingWith("Spark does not start with the settings that it was given (")
                    .hasMessageContaining("Executor memory 209715200 must be at least");
        } finally {
            System.clearProperty("spark.executor.memory");
        }
    }

    /** Spark itself would end this process with exit status 53. */
    @Test
    void localDirectoriesThatCannotBeWrittenAreNamed() throws IOException {
        Path file = Files.writeString(dir.resolve("file"), "no folder");
        System.setProperty("spark.local.dir", file + "," + file.resolve("below"));
        try {
            assertThatThrownBy(() -> SparkSessions.open("test", "local[1]", 0))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageStartingWith("Spark can write to none of its local directories (" + file
                            + ": a file is in its place, " + file.resolve("below") + ": ");
        } finally {
            System.clearProperty("spark.local.dir");
        }
    }

    @Test
    void aMasterThatDoesNotAnswerIsNamedAtOnce() throws IOException {
        int port;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
        }
        String master = "spark://127.0.0.1:" + port;
        assertThatThrownBy(() -> SparkSessions.open("test", master, 0))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(master + " does not answer (")
                .hasMessageContaining("leave --master out");
        assertThatThrownBy(() -> SparkSessions.open("test", "spark://somewhere", 0))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("spark://somewhere names no host:port");
    }

    @Test
    void aSecondSessionIsTheFirstOrSaysWhyNot() {
        SparkSession first = SparkSessions.open("test", "local[1]", 0);
        try {
            assertThat(SparkSessions.open("test", "local[1]", 0)).isSameAs(first);
            assertThatThrownBy(() -> SparkSessions.open("test", "local[3]", 0))
                    .isInstanceOf(BadInputException.class)
                    .hasMessage(
                            "a Spark session on local[1] is open already, and local[3] is wanted; stop it first: spark.stop()");
        } finally {
            first.stop();
        }
    }
}
