package dev.packtrain.pipeline.page;

import java.util.Locale;

/** Draws into a page: colours and fonts are the style sheet's. */
final class Svg {
    private static final int WIDTH = 1000;
    private static final int HEIGHT = 200;
    private static final double GAP = 1.5;

    private final Html html;

    private Svg(Html html) {
        this.html = html;
    }

    /** Starts a drawing that the style sheet stretches to its width and height; it must not have text. */
    static Svg stretched(Html html, String description) {
        html.open(
                "svg",
                "xmlns",
                "http://www.w3.org/2000/svg",
                "viewBox",
                "0 0 %d %d".formatted(WIDTH, HEIGHT),
                "preserveAspectRatio",
                "none",
                "role",
                "img");
        html.leaf("title", description);
        return new Svg(html);
    }

    /** A column on the ground, between two shares of the width and up to a share of the height. */
    void column(String style, double from, double to, double height, String tip) {
        double gap = Math.min(GAP, (to - from) * WIDTH / 4);
        double pixels = Math.max(1.5, height * HEIGHT);
        html.open(
                        "rect",
                        "class",
                        style,
                        "x",
                        number(from * WIDTH + gap),
                        "y",
                        number(HEIGHT - pixels),
                        "width",
                        number((to - from) * WIDTH - 2 * gap),
                        "height",
                        number(pixels))
                .leaf("title", tip)
                .close();
    }

    void close() {
        html.close();
    }

    /** A coordinate. */
    static String number(double value) {
        String text = String.format(Locale.ROOT, "%.4f", value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }
}
