package dev.packtrain.jobs.inspect;

import dev.packtrain.jobs.inspect.TerminalPaper.Ink;
import dev.packtrain.jobs.progress.Screen;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;

/** Shows an inspection on the screen. */
public final class InspectionText {
    private static final int PLAIN_WIDTH = 80;

    private final Screen screen;
    private final TerminalPaper paper;

    /** On this screen; with colours and as wide as it is if a person watches it. */
    public InspectionText(Screen screen) {
        this(screen, paper(screen));
    }

    InspectionText(Screen screen, TerminalPaper paper) {
        this.screen = screen;
        this.paper = paper;
    }

    private static TerminalPaper paper(Screen screen) {
        if (!screen.terminal()) {
            return new TerminalPaper(PLAIN_WIDTH, false);
        }
        int width = CommandSpec.create().usageMessage().autoWidth(true).width();
        // NO_COLOR, CLICOLOR and the like are for picocli to know.
        return new TerminalPaper(width, CommandLine.Help.Ansi.AUTO.enabled());
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
        inspection.report().ifPresent(report -> new ReportText(paper, this::print).show(report));
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
                paper.coloured() ? paper.in(Ink.GREY, "grey") + " is masked" : "[brackets] are masked"));
        print("  " + strip(pack));
        for (int d = 0; d < pack.documents().size(); d++) {
            PackContent.Document document = pack.documents().get(d);
            print(paper.in(
                    Ink.ofDocument(d),
                    String.format(
                            Locale.ROOT,
                            "  example %d: tokens %d to %d, positions %d to %d",
                            document.exampleId(),
                            document.firstToken(),
                            document.lastToken(),
                            document.firstPosition(),
                            document.lastPosition())));
            spans(document).forEach(this::print);
        }
    }

    /** The documents' shares of the pack, side by side, and what is left. */
    private String strip(PackContent pack) {
        double slot = (paper.width() - 4.0) / (pack.numTokens() + pack.numPadding());
        StringBuilder strip = new StringBuilder();
        long drawn = 0;
        for (int d = 0; d < pack.documents().size(); d++) {
            long end = Math.round((pack.documents().get(d).lastToken() + 1) * slot);
            int cells = (int) (end - drawn);
            // A gap of one character tells neighbours apart without colours too.
            String cell = cells <= 1 ? "▌".repeat(cells) : "█".repeat(cells - 1) + "▌";
            strip.append(paper.in(Ink.ofDocument(d), cell));
            drawn = end;
        }
        long rest = paper.width() - 4 - drawn;
        return strip + paper.in(Ink.GREY, "░".repeat((int) Math.max(pack.numPadding() > 0 ? 1 : 0, rest)));
    }

    /** The text of a document, a line a part. */
    private List<String> spans(PackContent.Document document) {
        List<String> lines = new ArrayList<>();
        StringBuilder text = new StringBuilder("    ");
        String part = null;
        for (PackContent.Span span : document.spans()) {
            if (span.part() != null && !span.part().equals(part)) {
                if (part != null) {
                    lines.add(text.toString());
                    text = new StringBuilder("    ");
                }
                part = span.part();
                text.append(part).append(": ");
            }
            text.append(span(span));
        }
        lines.add(text.toString());
        return lines;
    }

    private String span(PackContent.Span span) {
        String text = Printable.of(span.text());
        if (span.labelled()) {
            return text;
        }
        return paper.coloured() ? paper.in(Ink.GREY, text) : "[" + text + "]";
    }

    private void print(String line) {
        screen.out().println(line);
        screen.out().flush();
    }

    private static String left(String text, int width) {
        return text + " ".repeat(width - text.length());
    }
}
