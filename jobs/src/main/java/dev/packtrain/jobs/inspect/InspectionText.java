package dev.packtrain.jobs.inspect;

import dev.packtrain.jobs.progress.Screen;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Shows an inspection on the screen. */
public final class InspectionText {
    private static final String GREY = "\u001b[90m";
    private static final String NORMAL = "\u001b[0m";

    private final Screen screen;

    /** On this screen; with colours if a person watches it. */
    public InspectionText(Screen screen) {
        this.screen = screen;
    }

    /** Shows it. */
    public void show(Inspection inspection) {
        print("%s %s".formatted(inspection.kind().words(), inspection.path()));
        int width = inspection.figures().stream()
                .mapToInt(figure -> figure.label().length())
                .max()
                .orElse(0);
        for (Figure figure : inspection.figures()) {
            print("  %s  %s".formatted(left(figure.label(), width), figure.shown()));
        }
        inspection.table().ifPresent(this::table);
        inspection.pack().ifPresent(this::pack);
        inspection.problems().forEach(problem -> print("  problem: " + Printable.of(problem)));
    }

    private void table(Table table) {
        if (table.rows().isEmpty()) {
            return;
        }
        List<List<String>> lines = new ArrayList<>();
        lines.add(table.rows().get(0).stream().map(Figure::label).toList());
        table.rows().forEach(row -> lines.add(row.stream().map(Figure::shown).toList()));
        print("");
        for (List<String> line : lines) {
            StringBuilder text = new StringBuilder(" ");
            for (int column = 0; column < line.size(); column++) {
                int width = width(lines, column);
                boolean isText = table.rows().get(0).get(column).value() instanceof String;
                String cell = line.get(column);
                text.append(' ').append(isText ? left(cell, width) : " ".repeat(width - cell.length()) + cell);
                text.append(' ');
            }
            print(text.toString().stripTrailing());
        }
    }

    private static int width(List<List<String>> lines, int column) {
        return lines.stream().mapToInt(line -> line.get(column).length()).max().orElseThrow();
    }

    private void pack(PackContent pack) {
        print("");
        print(String.format(
                Locale.ROOT,
                "pack %,d: %,d documents, %,d tokens, %,d of them with a loss, %,d padding; %s",
                pack.number(),
                pack.documents().size(),
                pack.numTokens(),
                pack.numLabelTokens(),
                pack.numPadding(),
                screen.terminal() ? GREY + "grey" + NORMAL + " is masked" : "[brackets] are masked"));
        for (PackContent.Document document : pack.documents()) {
            print(String.format(
                    Locale.ROOT,
                    "  example %d: tokens %d to %d, positions %d to %d",
                    document.exampleId(),
                    document.firstToken(),
                    document.lastToken(),
                    document.firstPosition(),
                    document.lastPosition()));
            StringBuilder text = new StringBuilder("    ");
            document.spans().forEach(span -> text.append(span(span)));
            print(text.toString());
        }
    }

    private String span(PackContent.Span span) {
        String text = Printable.of(span.text());
        if (span.labelled()) {
            return text;
        }
        return screen.terminal() ? GREY + text + NORMAL : "[" + text + "]";
    }

    private void print(String line) {
        screen.out().println(line);
        screen.out().flush();
    }

    private static String left(String text, int width) {
        return text + " ".repeat(width - text.length());
    }
}
