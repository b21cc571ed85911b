package dev.packtrain.jobs.ways;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JupyterNotebookIT {
    @TempDir
    Path workDir;

    @Test
    void everyCellRunsInOrder() throws Exception {
        BuiltTree.Result result = BuiltTree.java(
                workDir,
                BuiltTree.classPath() + File.pathSeparator + BuiltTree.sourceOf(NotebookCells.class),
                NotebookCells.class.getName(),
                BuiltTree.root().resolve("notebooks/quickstart.ipynb").toString());

        assertThat(result.status()).as(result.output()).isZero();
        assertThat(BuiltTree.quickstartFolder(workDir).resolve("model/model.safetensors"))
                .isRegularFile();
        assertThat(result.output())
                .contains("300 steps, loss ")
                .contains("display text/html: <svg")
                .contains("<polyline")
                .containsPattern("text: .*\\S.{2,}");
    }
}
