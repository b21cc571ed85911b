package dev.packtrain.pipeline.jinja;

import java.util.Locale;

/** Upper, lower and title case as Python and Jinja write them. */
final class LetterCase {
    private LetterCase() {}

    static Str upper(Str text) {
        return text.changedTo(text.text().toUpperCase(Locale.ROOT));
    }

    static Str lower(Str text) {
        return text.changedTo(text.text().toLowerCase(Locale.ROOT));
    }

    /** {@code str.capitalize}: the first letter in title case, the others in lower case. */
    static Str capitalize(Str text) {
        return text.changedTo(capitalized(text.text()));
    }

    private static String capitalized(String text) {
        if (text.isEmpty()) {
            return text;
        }
        int first = text.codePointAt(0);
        int rest = Character.charCount(first);
        return title(first) + text.substring(rest).toLowerCase(Locale.ROOT);
    }

    private static String title(int codePoint) {
        String upper = Character.toString(codePoint).toUpperCase(Locale.ROOT);
        if (upper.codePointCount(0, upper.length()) > 1) {
            // A letter such as ß, whose capital is two.
            int first = upper.codePointAt(0);
            return Character.toString(first)
                    + upper.substring(Character.charCount(first)).toLowerCase(Locale.ROOT);
        }
        return Character.toString(Character.toTitleCase(codePoint));
    }

    /** {@code str.title}: a capital after whatever is no letter. */
    static Str titled(Str text) {
        StringBuilder result = new StringBuilder();
        boolean inWord = false;
        for (int codePoint : text.text().codePoints().toArray()) {
            boolean isCased = Character.isLowerCase(codePoint)
                    || Character.isUpperCase(codePoint)
                    || Character.isTitleCase(codePoint);
            result.append(inWord ? Character.toString(codePoint).toLowerCase(Locale.ROOT) : title(codePoint));
            inWord = isCased;
        }
        return text.changedTo(result.toString());
    }

    /** Jinja's filter {@code title}: a capital after white space, a hyphen or an opening bracket. */
    static Str titleFilter(Str text) {
        StringBuilder result = new StringBuilder();
        boolean atStart = true;
        for (int codePoint : text.text().codePoints().toArray()) {
            boolean separates = codePoint <= Character.MAX_VALUE
                    && (WhiteSpace.isSpace((char) codePoint) || "-({[<".indexOf(codePoint) >= 0);
            String one = Character.toString(codePoint);
            result.append(atStart && !separates ? one.toUpperCase(Locale.ROOT) : one.toLowerCase(Locale.ROOT));
            atStart = separates;
        }
        return text.changedTo(result.toString());
    }
}
