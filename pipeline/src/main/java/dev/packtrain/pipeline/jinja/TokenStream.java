package dev.packtrain.pipeline.jinja;

import dev.packtrain.packing.BadInputException;
import dev.packtrain.pipeline.jinja.Token.Kind;
import java.util.List;

/** The tokens of a template, read one after the other. */
final class TokenStream {
    /** How deep expressions and statements may be nested: the parser and the interpreter recurse. */
    private static final int MAX_DEPTH = 120;

    private final String template;
    private final List<Token> tokens;
    private int next;
    private int depth;

    TokenStream(String template, List<Token> tokens) {
        this.template = template;
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(next);
    }

    Token peekSecond() {
        return tokens.get(Math.min(next + 1, tokens.size() - 1));
    }

    Token take() {
        Token token = peek();
        if (token.kind() != Kind.EOF) {
            next++;
        }
        return token;
    }

    int line() {
        return peek().line();
    }

    boolean takeOperator(String operator) {
        boolean there = peek().isOperator(operator);
        if (there) {
            take();
        }
        return there;
    }

    boolean takeName(String name) {
        boolean there = peek().isName(name);
        if (there) {
            take();
        }
        return there;
    }

    void expectOperator(String operator) {
        if (!takeOperator(operator)) {
            throw unexpected("'%s'".formatted(operator));
        }
    }

    void expectName(String name) {
        if (!takeName(name)) {
            throw unexpected("'%s'".formatted(name));
        }
    }

    String expectIdentifier() {
        if (peek().kind() != Kind.NAME) {
            throw unexpected("a name");
        }
        return take().text().intern();
    }

    void expect(Kind kind, String what) {
        if (peek().kind() != kind) {
            throw unexpected(what);
        }
        take();
    }

    void enter() {
        if (++depth > MAX_DEPTH) {
            throw refusal("it is nested more than %d deep".formatted(MAX_DEPTH));
        }
    }

    void leave() {
        depth--;
    }

    BadInputException unexpected(String wanted) {
        return refusal("found '%s'; wanted %s".formatted(peek().text(), wanted));
    }

    BadInputException refusal(String what) {
        return Refusal.at(template, line(), what);
    }

    BadInputException unsupported(String kind, String name) {
        return refusal("the %s '%s' is not supported".formatted(kind, name));
    }
}
