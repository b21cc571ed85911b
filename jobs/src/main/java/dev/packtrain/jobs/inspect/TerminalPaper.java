package dev.packtrain.jobs.inspect;

import java.util.ArrayList;
import java.util.List;

/**
 * How a terminal is written on.
 *
 * @param width characters of a line
 * @param coloured whether colours may be used
 */
record TerminalPaper(int width, boolean coloured) {
    static final int MIN_WIDTH = 40;
    static final int MAX_WIDTH = 120;

    private static final String NORMAL = "\u001b[0m";
    private static final String[] BLOCKS = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    private static final int EIGHTHS = 8;

    /** Colours that are readable on black and on white. */
    enum Ink {
        /** For what matters less. */
        GREY("90"),
        /** For what was used or kept. */
        GREEN("32"),
        /** For a heading. */
        BOLD("1"),
        /** A document's. */
        BLUE("34"),
        /** A document's. */
        MAGENTA("35"),
        /** A document's. */
        CYAN("36"),
        /** A document's. */
        YELLOW("33");

        private static final Ink[] DOCUMENTS = {BLUE, MAGENTA, CYAN, YELLOW};

        private final String code;

        Ink(String code) {
            this.code = code;
        }

        static Ink ofDocument(int document) {
            return DOCUMENTS[document % DOCUMENTS.length];
        }
    }

    TerminalPaper {
        width = Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, width));
    }

    /** The text in a colour, if there are colours. */
    String in(Ink ink, String text) {
        return coloured && !text.isEmpty() ? "\u001b[" + ink.code + "m" + text + NORMAL : text;
    }

    /** A bar of a share, from 0 to 1, of so many characters; never quite nothing. */
    static String bar(double share, int characters) {
        int eighths = (int) Math.max(1, Math.round(Math.min(1, share) * characters * EIGHTHS));
        return "█".repeat(eighths / EIGHTHS) + BLOCKS[eighths % EIGHTHS];
    }

    /** Columns of at most so many lines, the highest line first; heights from 0 to 1. */
    static List<String> columns(List<Double> heights, int lines) {
        String[] levels = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
        List<String> rows = new ArrayList<>();
        for (int line = lines - 1; line >= 0; line--) {
            StringBuilder row = new StringBuilder();
            for (double height : heights) {
                int eighths = (int) Math.ceil(height * lines * EIGHTHS) - line * EIGHTHS;
                row.append(levels[Math.max(0, Math.min(EIGHTHS, eighths))]);
            }
            rows.add(row.toString());
        }
        return rows;
    }
}
