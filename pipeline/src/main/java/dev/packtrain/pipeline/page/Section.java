package dev.packtrain.pipeline.page;

import java.util.List;

/** What sections have in common: a heading with a sentence below it, tables, bars that add up. */
final class Section {
    private Section() {}

    /** Starts a section; {@link Html#close()} ends it. */
    static void open(Html html, String id, String title, String sentence) {
        html.open("section", "id", id).leaf("h2", title).leaf("p", sentence, "class", "note");
    }

    /**
     * A part of a whole.
     *
     * @param style class of its colour
     * @param label what it is
     * @param value how much
     * @param shown how much, for people
     */
    record Part(String style, String label, double value, String shown) {}

    /** Parts of a whole as one bar, and a line for each below it. */
    static void bar(Html html, List<Part> parts) {
        double whole = parts.stream().mapToDouble(Part::value).sum();
        html.open("div", "class", "bar", "role", "img", "aria-hidden", "true");
        for (Part part : parts) {
            if (part.value() > 0) {
                html.leaf("span", "", "class", part.style(), "style", "flex-grow:" + Svg.number(part.value() / whole));
            }
        }
        html.close().open("ul", "class", "legend");
        for (Part part : parts) {
            html.open("li")
                    .leaf("i", "", "class", part.style())
                    .leaf("span", part.label())
                    .leaf("b", part.shown())
                    .close();
        }
        html.close();
    }

    /** A table; columns whose heading starts with {@code #} hold numbers. */
    static void table(Html html, List<String> headings, List<List<String>> rows) {
        html.open("div", "class", "scroll").open("table").open("thead").open("tr");
        for (String heading : headings) {
            boolean number = heading.startsWith("#");
            html.leaf("th", number ? heading.substring(1) : heading, "class", number ? "n" : "t");
        }
        html.close().close().open("tbody");
        for (List<String> row : rows) {
            html.open("tr");
            for (int column = 0; column < row.size(); column++) {
                html.leaf("td", row.get(column), "class", headings.get(column).startsWith("#") ? "n" : "t");
            }
            html.close();
        }
        html.close().close().close();
    }
}
