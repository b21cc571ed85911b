package dev.packtrain.pipeline.jinja;

import dev.packtrain.pipeline.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/** Cuts what stands inside a tag into tokens. */
final class ExpressionLexer {
    private static final List<String> OPERATORS = List.of(
            "**", "//", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<",
            "=", ".", ":", "|", ",", ";");

    private final String template;
    private final String source;
    private final Deque<Character> open = new ArrayDeque<>();
    private int position;
    private int line;

    ExpressionLexer(String template, String source, int position, int line) {
        this.template = template;
        this.source = source;
        this.position = position;
        this.line = line;
    }

    int position() {
        return position;
    }

    int line() {
        return line;
    }

    /** Whether all brackets are closed, so that a tag may end here. */
    boolean isBalanced() {
        return open.isEmpty();
    }

    void skipSpace() {
        while (position < source.length() && WhiteSpace.isSpace(source.charAt(position))) {
            if (source.charAt(position) == '\n') {
                line++;
            }
            position++;
        }
    }

    Token next() {
        if (position >= source.length()) {
            throw Refusal.at(template, line, "the template ends inside a tag");
        }
        char c = source.charAt(position);
        if (c == '\'' || c == '"') {
            return string(c);
        }
        if (isDigit(c)) {
            return number();
        }
        if (Character.isLetter(c) || c == '_') {
            int start = position;
            while (position < source.length() && isWord(source.charAt(position))) {
                position++;
            }
            return new Token(Kind.NAME, source.substring(start, position), line);
        }
        return operator();
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_';
    }

    private Token operator() {
        for (String operator : OPERATORS) {
            if (source.startsWith(operator, position)) {
                position += operator.length();
                balance(operator);
                return new Token(Kind.OPERATOR, operator, line);
            }
        }
        throw Refusal.at(template, line, "the character '%s' has no meaning here".formatted(source.charAt(position)));
    }

    private void balance(String operator) {
        switch (operator) {
            case "(" -> open.push(')');
            case "[" -> open.push(']');
            case "{" -> open.push('}');
            case ")", "]", "}" -> {
                if (open.isEmpty() || open.pop() != operator.charAt(0)) {
                    throw Refusal.at(template, line, "the bracket '%s' closes nothing".formatted(operator));
                }
            }
            default -> {
                // no bracket
            }
        }
    }

    private Token number() {
        int start = position;
        digits();
        boolean isFloat = false;
        if (position + 1 < source.length() && source.charAt(position) == '.' && isDigit(source.charAt(position + 1))) {
            isFloat = true;
            position++;
            digits();
        }
        if (position < source.length() && (source.charAt(position) == 'e' || source.charAt(position) == 'E')) {
            int sign = position + 1 < source.length() && "+-".indexOf(source.charAt(position + 1)) >= 0 ? 1 : 0;
            if (position + 1 + sign < source.length() && isDigit(source.charAt(position + 1 + sign))) {
                isFloat = true;
                position += 1 + sign;
                digits();
            }
        }
        if (position < source.length() && isWord(source.charAt(position))) {
            throw Refusal.at(template, line, "a number is followed by '%s'".formatted(source.charAt(position)));
        }
        String digits = source.substring(start, position).replace("_", "");
        return new Token(isFloat ? Kind.FLOAT : Kind.INTEGER, digits, line);
    }

    private void digits() {
        while (position < source.length() && (isDigit(source.charAt(position)) || source.charAt(position) == '_')) {
            position++;
        }
    }

    private Token string(char quote) {
        int startLine = line;
        StringBuilder text = new StringBuilder();
        position++;
        while (true) {
            if (position >= source.length()) {
                throw Refusal.at(template, startLine, "the string that begins here has no end");
            }
            char c = source.charAt(position++);
            if (c == quote) {
                return new Token(Kind.STRING, text.toString(), startLine);
            }
            if (c == '\n') {
                line++;
            }
            if (c == '\\') {
                escape(text);
            } else {
                text.append(c);
            }
        }
    }

    /** Python's escapes; an unknown one keeps its backslash. */
    private void escape(StringBuilder text) {
        if (position >= source.length()) {
            return;
        }
        char c = source.charAt(position++);
        switch (c) {
            case '\n' -> line++;
            case '\\', '\'', '"' -> text.append(c);
            case 'a' -> text.append('\u0007');
            case 'b' -> text.append('\b');
            case 'f' -> text.append('\f');
            case 'n' -> text.append('\n');
            case 'r' -> text.append('\r');
            case 't' -> text.append('\t');
            case 'v' -> text.append('\u000b');
            case 'x' -> text.appendCodePoint(hex(2));
            case 'u' -> text.appendCodePoint(hex(4));
            case 'U' -> text.appendCodePoint(hex(8));
            case 'N' -> throw Refusal.at(template, line, "the escape \\N in a string is not supported");
            default -> {
                if (c >= '0' && c <= '7') {
                    octal(text, c);
                } else {
                    text.append('\\').append(c);
                }
            }
        }
    }

    private int hex(int digits) {
        int end = position + digits;
        if (end <= source.length()) {
            try {
                int codePoint = Integer.parseUnsignedInt(source.substring(position, end), 16);
                if (Character.isValidCodePoint(codePoint)) {
                    position = end;
                    return codePoint;
                }
            } catch (NumberFormatException notHexadecimal) {
                throw Refusal.at(template, line, "an escape in a string is not hexadecimal");
            }
        }
        throw Refusal.at(template, line, "an escape in a string is no character");
    }

    private void octal(StringBuilder text, char first) {
        int value = first - '0';
        for (int i = 0; i < 2 && position < source.length(); i++) {
            char c = source.charAt(position);
            if (c < '0' || c > '7') {
                break;
            }
            value = 8 * value + c - '0';
            position++;
        }
        text.append((char) value);
    }
}
