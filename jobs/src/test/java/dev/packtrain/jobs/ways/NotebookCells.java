package dev.packtrain.jobs.ways;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import jdk.jshell.JShell;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis.CompletionInfo;

/** Runs a Jupyter notebook's Java cells in order, through JShell in this JVM; stops with status 1 at the first error. */
final class NotebookCells {
    /** Stands for the kernel's own function. */
    private static final String DISPLAY =
            "String display(String type, Object value) { System.out.println(\"display \" + type + \": \" + value); return \"\"; }";

    private final JShell shell;

    private NotebookCells(JShell shell) {
        this.shell = shell;
    }

    /** One argument: the notebook. */
    public static void main(String[] args) throws IOException {
        JsonNode notebook = new ObjectMapper().readTree(Path.of(args[0]).toFile());
        try (JShell shell = JShell.builder().executionEngine("local").build()) {
            NotebookCells cells = new NotebookCells(shell);
            cells.run(DISPLAY);
            for (JsonNode cell : notebook.get("cells")) {
                if (cell.get("cell_type").asText().equals("code")) {
                    cells.run(javaOf(cell));
                }
            }
        }
        System.exit(0);
    }

    /** A cell without the kernel's magic lines. */
    private static String javaOf(JsonNode cell) {
        StringBuilder source = new StringBuilder();
        cell.get("source").forEach(line -> source.append(line.asText()));
        return source.toString().lines().filter(line -> !line.startsWith("%")).collect(Collectors.joining("\n"));
    }

    private void run(String source) {
        String rest = source;
        while (!rest.isBlank()) {
            CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
            List<SnippetEvent> events = shell.eval(next.source() == null ? rest : next.source());
            events.forEach(event -> check(event));
            rest = next.source() == null ? "" : next.remaining();
        }
    }

    private void check(SnippetEvent event) {
        if (event.exception() != null) {
            event.exception().printStackTrace();
        }
        if (event.exception() != null || event.status() == Snippet.Status.REJECTED) {
            System.err.println("this failed: " + event.snippet().source());
            shell.diagnostics(event.snippet()).forEach(each -> System.err.println(each.getMessage(null)));
            System.exit(1);
        }
    }
}
