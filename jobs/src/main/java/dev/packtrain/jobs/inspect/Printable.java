package dev.packtrain.jobs.inspect;

/** Text of others on one line of a screen: data must not move the cursor or change colours. */
public final class Printable {
    private Printable() {}

    /** The same text with control characters spelled out: {@code \n}, {@code \t}, {@code \}{@code u001b}. */
    public static String of(String text) {
        StringBuilder out = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                default -> append(out, c);
            }
        }
        return out.toString();
    }

    private static void append(StringBuilder out, char c) {
        if (Character.isISOControl(c)) {
            out.append("\\u%04x".formatted((int) c));
        } else {
            out.append(c);
        }
    }
}
