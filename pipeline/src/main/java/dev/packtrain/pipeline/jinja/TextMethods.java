package dev.packtrain.pipeline.jinja;

import java.util.ArrayList;
import java.util.List;

/** What Python does with characters: its white space, its code points, its strips and splits. */
final class TextMethods {
    private TextMethods() {}

    /** Strips white space, or the characters of a set if there is one. */
    static Str strip(Str text, String characters, boolean atStart, boolean atEnd) {
        String chars = text.text();
        int start = 0;
        int end = chars.length();
        while (atStart && start < end && isStripped(chars.codePointAt(start), characters)) {
            start += Character.charCount(chars.codePointAt(start));
        }
        while (atEnd && end > start && isStripped(chars.codePointBefore(end), characters)) {
            end -= Character.charCount(chars.codePointBefore(end));
        }
        return text.sub(start, end);
    }

    private static boolean isStripped(int codePoint, String characters) {
        return characters == null
                ? codePoint <= Character.MAX_VALUE && WhiteSpace.isSpace((char) codePoint)
                : characters.indexOf(codePoint) >= 0;
    }

    static List<Value> split(Str text, String separator, long most) {
        String chars = text.text();
        List<Value> parts = new ArrayList<>();
        int start = 0;
        while (most < 0 || parts.size() < most) {
            int at = chars.indexOf(separator, start);
            if (at < 0) {
                break;
            }
            parts.add(text.sub(start, at));
            start = at + separator.length();
        }
        parts.add(text.sub(start, chars.length()));
        return parts;
    }

    static List<Value> splitFromEnd(Str text, String separator, long most) {
        String chars = text.text();
        List<Value> parts = new ArrayList<>();
        int end = chars.length();
        while (most < 0 || parts.size() < most) {
            int at = chars.lastIndexOf(separator, end - separator.length());
            if (at < 0 || end < separator.length()) {
                break;
            }
            parts.add(0, text.sub(at + separator.length(), end));
            end = at;
        }
        parts.add(0, text.sub(0, end));
        return parts;
    }

    /** Splits at runs of white space, without empty parts. */
    static List<Value> splitAtSpace(Str text, long most) {
        String chars = text.text();
        List<Value> parts = new ArrayList<>();
        int i = 0;
        while (true) {
            while (i < chars.length() && WhiteSpace.isSpace(chars.charAt(i))) {
                i++;
            }
            if (i >= chars.length()) {
                return parts;
            }
            if (most >= 0 && parts.size() >= most) {
                parts.add(text.sub(i, chars.length()));
                return parts;
            }
            int start = i;
            while (i < chars.length() && !WhiteSpace.isSpace(chars.charAt(i))) {
                i++;
            }
            parts.add(text.sub(start, i));
        }
    }

    static List<Str> lines(Str text) {
        String chars = text.text();
        List<Str> lines = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < chars.length(); i++) {
            char c = chars.charAt(i);
            if ((c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029) {
                lines.add(text.sub(start, i));
                if (c == '\r' && i + 1 < chars.length() && chars.charAt(i + 1) == '\n') {
                    i++;
                }
                start = i + 1;
            }
        }
        if (start < chars.length()) {
            lines.add(text.sub(start, chars.length()));
        }
        return lines;
    }

    static Str replace(Str text, Str old, Str by, long most) {
        String chars = text.text();
        String wanted = old.text();
        TextBuilder result = new TextBuilder();
        int start = 0;
        long done = 0;
        int at = wanted.isEmpty() ? 0 : chars.indexOf(wanted);
        while (at >= 0 && at <= chars.length() && (most < 0 || done < most)) {
            if (!wanted.isEmpty()) {
                result.append(text, start, at).append(by);
                start = at + wanted.length();
                at = chars.indexOf(wanted, start);
            } else {
                result.append(by);
                int next = at < chars.length() ? chars.offsetByCodePoints(at, 1) : at + 1;
                result.append(text, at, Math.min(next, chars.length()));
                start = Math.min(next, chars.length());
                at = next;
            }
            done++;
        }
        return done == 0 ? text : result.append(text, start, chars.length()).toStr();
    }

    /** Orders by code point, as Python does. */
    static int compare(String left, String right) {
        int common = Math.min(left.length(), right.length());
        for (int i = 0; i < common; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                boolean pairs = Character.isSurrogate(a) != Character.isSurrogate(b);
                return pairs ? (Character.isSurrogate(a) ? 1 : -1) : Character.compare(a, b);
            }
        }
        return Integer.compare(left.length(), right.length());
    }

    static int length(String text) {
        return text.codePointCount(0, text.length());
    }

    /** The character at a code point's index, which counts from the end if it is negative; null if there is none. */
    static Str charAt(Str text, long index) {
        String chars = text.text();
        int length = length(chars);
        long place = index < 0 ? index + length : index;
        if (place < 0 || place >= length) {
            return null;
        }
        int start = chars.offsetByCodePoints(0, (int) place);
        return text.sub(start, chars.offsetByCodePoints(start, 1));
    }

    static Str slice(Str text, long start, long stop) {
        String chars = text.text();
        int length = length(chars);
        long from = Math.max(0, start < 0 ? start + length : Math.min(start, length));
        long to = Math.max(from, stop < 0 ? stop + length : Math.min(stop, length));
        int begin = chars.offsetByCodePoints(0, (int) from);
        return text.sub(begin, chars.offsetByCodePoints(begin, (int) (to - from)));
    }

    static List<Value> characters(Str text) {
        String chars = text.text();
        List<Value> characters = new ArrayList<>(chars.length());
        for (int i = 0; i < chars.length(); ) {
            int next = i + Character.charCount(chars.codePointAt(i));
            characters.add(text.sub(i, next));
            i = next;
        }
        return characters;
    }

    static Str concatenate(List<Value> parts) {
        TextBuilder text = new TextBuilder();
        for (Value part : parts) {
            text.append((Str) part);
        }
        return text.toStr();
    }
}
