package dev.packtrain.pipeline.jinja;

import dev.packtrain.pipeline.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a template into tokens, with {@code trim_blocks} and {@code lstrip_blocks} on: white space around a block tag is
 * dropped as Jinja does it.
 */
final class Lexer {
    private final String source;
    private final String name;
    private final List<Token> tokens = new ArrayList<>();
    private int position;
    private int line = 1;
    private boolean atLineStart = true;

    private Lexer(String name, String source, boolean keepsLastNewline) {
        this.name = name;
        this.source = normalised(source, keepsLastNewline);
    }

    static List<Token> tokens(String name, String source, boolean keepsLastNewline) {
        Lexer lexer = new Lexer(name, source, keepsLastNewline);
        lexer.scan();
        return lexer.tokens;
    }

    /** One kind of line end, and none at the end of the template unless it is kept. */
    private static String normalised(String source, boolean keepsLastNewline) {
        String oneKind = source.replace("\r\n", "\n").replace('\r', '\n');
        return oneKind.endsWith("\n") && !keepsLastNewline ? oneKind.substring(0, oneKind.length() - 1) : oneKind;
    }

    private void scan() {
        while (position < source.length()) {
            int tag = nextTag();
            if (tag < 0) {
                text(source.substring(position));
                position = source.length();
                break;
            }
            tag(tag);
        }
        tokens.add(new Token(Kind.EOF, "the end of the template", line));
    }

    private int nextTag() {
        for (int i = source.indexOf('{', position); i >= 0 && i + 1 < source.length(); i = source.indexOf('{', i + 1)) {
            char next = source.charAt(i + 1);
            if (next == '{' || next == '%' || next == '#') {
                return i;
            }
        }
        return -1;
    }

    private void tag(int tag) {
        char kind = source.charAt(tag + 1);
        char sign = tag + 2 < source.length() ? source.charAt(tag + 2) : ' ';
        boolean signed = sign == '-' || sign == '+';
        text(before(tag, kind, signed ? sign : ' '));
        int inner = tag + (signed ? 3 : 2);
        int startLine = line;
        if (kind == '#') {
            int end = source.indexOf("#}", inner);
            if (end < 0) {
                throw Refusal.at(name, startLine, "the comment that begins here has no end");
            }
            moveTo(inner, end);
            closeTag(end + 2, isMinus(end, inner), isPlus(end, inner), true);
            return;
        }
        if (kind == '%' && raw(inner)) {
            return;
        }
        tokens.add(new Token(kind == '%' ? Kind.BLOCK_BEGIN : Kind.PRINT_BEGIN, kind == '%' ? "{%" : "{{", line));
        expression(inner, kind == '%' ? "%}" : "}}");
    }

    private boolean isMinus(int end, int from) {
        return end > from && source.charAt(end - 1) == '-';
    }

    private boolean isPlus(int end, int from) {
        return end > from && source.charAt(end - 1) == '+';
    }

    /** The text in front of a tag, without the white space that the tag eats. */
    private String before(int tag, char kind, char sign) {
        String text = source.substring(position, tag);
        if (sign == '-') {
            return WhiteSpace.stripEnd(text);
        }
        if (sign != '+' && kind != '{') {
            int lineStart = text.lastIndexOf('\n') + 1;
            if ((lineStart > 0 || atLineStart) && WhiteSpace.isBlank(text, lineStart)) {
                return text.substring(0, lineStart);
            }
        }
        return text;
    }

    private void text(String text) {
        if (!text.isEmpty()) {
            tokens.add(new Token(Kind.TEXT, text, line));
        }
    }

    /** Counts the lines up to a position and goes there. */
    private void moveTo(int from, int to) {
        for (int i = Math.min(position, from); i < to; i++) {
            if (source.charAt(i) == '\n') {
                line++;
            }
        }
        position = to;
    }

    private void closeTag(int end, boolean minus, boolean plus, boolean trimsNewline) {
        int next = end;
        if (minus) {
            while (next < source.length() && WhiteSpace.isSpace(source.charAt(next))) {
                next++;
            }
        } else if (trimsNewline && !plus && next < source.length() && source.charAt(next) == '\n') {
            next++;
        }
        moveTo(position, next);
        atLineStart = source.charAt(next - 1) == '\n';
    }

    /** {@code raw} to {@code endraw}, if that is what begins here. */
    private boolean raw(int inner) {
        int begin = wordEnd(inner, "raw");
        if (begin < 0) {
            return false;
        }
        moveTo(position, inner);
        closeTag(begin, source.charAt(begin - 3) == '-', false, false);
        for (int i = source.indexOf("{%", position); i >= 0; i = source.indexOf("{%", i + 2)) {
            char sign = source.charAt(i + 2);
            boolean signed = sign == '-' || sign == '+';
            int end = wordEnd(i + (signed ? 3 : 2), "endraw");
            if (end >= 0) {
                text(before(i, '%', signed ? sign : ' '));
                moveTo(position, end - 2);
                char last = source.charAt(end - 3);
                closeTag(end, last == '-', last == '+', true);
                return true;
            }
        }
        throw Refusal.at(name, line, "the 'raw' that begins here has no 'endraw'");
    }

    /** Where the tag ends if it is this one word; else -1. */
    private int wordEnd(int inner, String word) {
        int i = inner;
        while (i < source.length() && WhiteSpace.isSpace(source.charAt(i))) {
            i++;
        }
        if (!source.startsWith(word, i)) {
            return -1;
        }
        i += word.length();
        while (i < source.length() && WhiteSpace.isSpace(source.charAt(i))) {
            i++;
        }
        if (i < source.length() && (source.charAt(i) == '-' || source.charAt(i) == '+')) {
            i++;
        }
        return source.startsWith("%}", i) ? i + 2 : -1;
    }

    private void expression(int inner, String end) {
        moveTo(position, inner);
        ExpressionLexer words = new ExpressionLexer(name, source, position, line);
        Kind endKind = end.equals("%}") ? Kind.BLOCK_END : Kind.PRINT_END;
        while (true) {
            words.skipSpace();
            int at = words.position();
            if (words.isBalanced()) {
                boolean minus = source.startsWith("-" + end, at);
                boolean plus = endKind == Kind.BLOCK_END && source.startsWith("+" + end, at);
                if (minus || plus || source.startsWith(end, at)) {
                    tokens.add(new Token(endKind, end, words.line()));
                    line = words.line();
                    position = at;
                    closeTag(at + end.length() + (minus || plus ? 1 : 0), minus, plus, endKind == Kind.BLOCK_END);
                    return;
                }
            }
            tokens.add(words.next());
        }
    }
}
