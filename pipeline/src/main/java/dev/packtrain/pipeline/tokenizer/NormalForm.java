package dev.packtrain.pipeline.tokenizer;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

/** Normalisation form C of a stretch of UTF-8, as the Hugging Face library does it. */
final class NormalForm {
    /** What is known of a stretch. */
    enum Outcome {
        /** It is in form C already. */
        SAME,
        /** Its form C differs. */
        CHANGED,
        /** It has characters on which this JDK and the library may not agree. */
        UNSURE
    }

    private final CodePoints table = CodePoints.table();
    private String text = "";

    /** The form C of the stretch that was last said to be {@link Outcome#CHANGED}. */
    String text() {
        return text;
    }

    Outcome normalise(byte[] utf8, int from, int to) {
        boolean mayChange = false;
        boolean unknown = false;
        int before = CodePoints.INERT;
        for (int at = from; at < to; at += Utf8.length(utf8[at])) {
            int here = table.normalisation(Utf8.codePoint(utf8, at));
            unknown |= here == CodePoints.UNKNOWN;
            // Two that combine may have to trade places; one alone stays where it is.
            mayChange |= here == CodePoints.CHANGEABLE
                    || (here == CodePoints.NON_STARTER && before == CodePoints.NON_STARTER);
            before = here;
        }
        if (!mayChange) {
            return Outcome.SAME;
        }
        if (unknown) {
            return Outcome.UNSURE;
        }
        String given = new String(utf8, from, to - from, StandardCharsets.UTF_8);
        text = Normalizer.normalize(given, Normalizer.Form.NFC);
        return text.equals(given) ? Outcome.SAME : Outcome.CHANGED;
    }
}
