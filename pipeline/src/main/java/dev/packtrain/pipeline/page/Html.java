package dev.packtrain.pipeline.page;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Writes elements. Every text and every attribute is escaped, so that no data can become markup; what is written is XML
 * as well as HTML.
 */
final class Html {
    private static final int CONTROL_PICTURES = 0x2400;
    private static final int FIRST_PRINTABLE = 0x20;

    private final StringBuilder out = new StringBuilder(1 << 16);
    private final Deque<String> open = new ArrayDeque<>();

    /** Starts an element; {@code attributes} are names and values in turn. */
    Html open(String tag, String... attributes) {
        start(tag, attributes).append('>');
        open.push(tag);
        return this;
    }

    /** Ends the element that was started last. */
    Html close() {
        out.append("</").append(open.pop()).append('>');
        return this;
    }

    /** An element with nothing but text. */
    Html leaf(String tag, String text, String... attributes) {
        return open(tag, attributes).text(text).close();
    }

    /** An element without content. */
    Html empty(String tag, String... attributes) {
        start(tag, attributes).append("/>");
        return this;
    }

    /** Text. */
    Html text(String text) {
        escape(text);
        return this;
    }

    /** A style sheet of ours, as it stands. */
    Html style(String css) {
        if (css.contains("<") || css.contains("&")) {
            throw new IllegalArgumentException("a style sheet with markup in it");
        }
        out.append("<style>").append(css).append("</style>");
        return this;
    }

    private StringBuilder start(String tag, String... attributes) {
        if (attributes.length % 2 != 0) {
            throw new IllegalArgumentException("attributes of <%s> are not names and values in turn".formatted(tag));
        }
        out.append('<').append(tag);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("=\"");
            escape(attributes[i + 1]);
            out.append('"');
        }
        return out;
    }

    private void escape(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '&' -> out.append("&amp;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                case '\n', '\t' -> out.append(c);
                default -> {
                    if (Character.isHighSurrogate(c)
                            && i + 1 < text.length()
                            && Character.isLowSurrogate(text.charAt(i + 1))) {
                        out.append(c).append(text.charAt(++i));
                    } else {
                        out.append(visible(c));
                    }
                }
            }
        }
    }

    /** The character, or a picture of one that a page must not contain. */
    private static char visible(char c) {
        if (c < FIRST_PRINTABLE) {
            return (char) (CONTROL_PICTURES + c);
        }
        boolean control = c >= '\u007f' && c < '\u00a0';
        return control || Character.isSurrogate(c) || c >= '\ufffe' ? '\ufffd' : c;
    }

    /** All of it. */
    String toText() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("elements %s are still open".formatted(open));
        }
        return out.toString();
    }
}
