package dev.packtrain.pipeline.page;

import java.util.Locale;

/** Draws into a page: colours and fonts are the style sheet's. */
final class Svg {
    private final Html html;

    private Svg(Html html) {
        this.html = html;
    }

    /** Starts a drawing that is as wide as the page allows. */
    static Svg open(Html html, int width, int height, String description) {
        html.open("div", "class", "wide")
                .open(
                        "svg",
                        "xmlns",
                        "http://www.w3.org/2000/svg",
                        "viewBox",
                        "0 0 %d %d".formatted(width, height),
                        "role",
                        "img");
        html.leaf("title", description);
        return new Svg(html);
    }

    Svg rect(String style, double x, double y, double width, double height, String tip) {
        html.open(
                        "rect",
                        "class",
                        style,
                        "x",
                        number(x),
                        "y",
                        number(y),
                        "width",
                        number(width),
                        "height",
                        number(height),
                        "rx",
                        "2")
                .leaf("title", tip)
                .close();
        return this;
    }

    Svg line(String style, double x1, double y1, double x2, double y2) {
        html.empty("line", "class", style, "x1", number(x1), "y1", number(y1), "x2", number(x2), "y2", number(y2));
        return this;
    }

    /** Text; {@code style} may say {@code end} or {@code middle} for where it is held. */
    Svg text(String style, double x, double y, String text) {
        html.leaf("text", text, "class", style, "x", number(x), "y", number(y));
        return this;
    }

    void close() {
        html.close().close();
    }

    /** A coordinate. */
    static String number(double value) {
        String text = String.format(Locale.ROOT, "%.4f", value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }
}
