package dev.packtrain.jobs.ways;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jline.reader.LineReader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import scala.tools.nsc.MainGenericRunner;

class ZeppelinNoteIT {
    private static final String SPARK = "%spark\n";

    @TempDir
    Path workDir;

    @Test
    void everyScalaParagraphRunsInOrder() throws Exception {
        Path script = Files.writeString(workDir.resolve("note.scala"), paragraphs());

        BuiltTree.Result result = BuiltTree.java(
                workDir,
                String.join(
                        File.pathSeparator,
                        BuiltTree.classPath(),
                        BuiltTree.sourceOf(MainGenericRunner.class),
                        BuiltTree.sourceOf(LineReader.class)),
                MainGenericRunner.class.getName(),
                "-usejavacp",
                "-Yrepl-class-based",
                "-howtorun:repl",
                "-Xjline:off",
                "-i",
                script.toString(),
                "-e",
                "()");

        assertThat(result.status()).as(result.output()).isZero();
        assertThat(result.output()).doesNotContain("error:").contains("300 steps, loss ");
        assertThat(BuiltTree.quickstartFolder(workDir).resolve("model/model.safetensors"))
                .isRegularFile();
        assertThat(result.output()).contains("%html <svg").contains("<polyline").containsPattern("text: .*\\S.{2,}");
    }

    /** The note's Scala, after what Zeppelin defines itself. */
    private static String paragraphs() throws Exception {
        JsonNode note = new ObjectMapper()
                .readTree(BuiltTree.root().resolve("notebooks/quickstart.zpln").toFile());
        StringBuilder scala = new StringBuilder("val spark = dev.packtrain.jobs.Packtrain.localSession(2)\n");
        for (JsonNode paragraph : note.get("paragraphs")) {
            String text = paragraph.get("text").asText();
            if (text.startsWith(SPARK)) {
                scala.append(text.substring(SPARK.length())).append("\n\n");
            }
        }
        return scala.append("spark.stop()\nSystem.exit(0)\n").toString();
    }
}
