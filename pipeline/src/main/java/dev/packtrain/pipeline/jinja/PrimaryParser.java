package dev.packtrain.pipeline.jinja;

import dev.packtrain.pipeline.jinja.Expression.Constant;
import dev.packtrain.pipeline.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** Reads what expressions are made of: constants, variables, brackets; and subscripts. */
final class PrimaryParser {
    private final TokenStream tokens;
    private final ExpressionParser expressions;

    PrimaryParser(TokenStream tokens, ExpressionParser expressions) {
        this.tokens = tokens;
        this.expressions = expressions;
    }

    Expression parse() {
        Token token = tokens.take();
        return switch (token.kind()) {
            case NAME -> name(token);
            case STRING -> string(token);
            case INTEGER -> integer(token);
            case FLOAT -> new Constant(new Real(Double.parseDouble(token.text())));
            case OPERATOR -> bracket(token);
            default -> throw tokens.refusal("found '%s'; wanted an expression".formatted(token.text()));
        };
    }

    private Expression name(Token token) {
        return switch (token.text()) {
            case "true", "True" -> new Constant(Bool.TRUE);
            case "false", "False" -> new Constant(Bool.FALSE);
            case "none", "None" -> new Constant(None.NONE);
            default -> {
                if (Globals.UNSUPPORTED.contains(token.text())) {
                    throw tokens.unsupported("name", token.text());
                }
                yield new Expression.Name(token.text().intern());
            }
        };
    }

    /** Neighbouring strings are one. */
    private Expression string(Token token) {
        StringBuilder text = new StringBuilder(token.text());
        while (tokens.peek().kind() == Kind.STRING) {
            text.append(tokens.take().text());
        }
        return new Constant(Str.of(text.toString()));
    }

    Expression integer(Token token) {
        try {
            return new Constant(new Int(Long.parseLong(token.text())));
        } catch (NumberFormatException tooLarge) {
            throw tokens.refusal("the number %s has more than 64 bits".formatted(token.text()));
        }
    }

    private Expression bracket(Token token) {
        return switch (token.text()) {
            case "(" -> parentheses();
            case "[" -> list();
            case "{" -> dictionary();
            default -> throw tokens.refusal("found '%s'; wanted an expression".formatted(token.text()));
        };
    }

    private Expression parentheses() {
        if (tokens.takeOperator(")")) {
            return new Expression.Sequence(List.of(), true);
        }
        Expression inner = expressions.parseTuple(true);
        tokens.expectOperator(")");
        return inner;
    }

    private Expression list() {
        List<Expression> items = new ArrayList<>();
        while (!tokens.takeOperator("]")) {
            if (!items.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.takeOperator("]")) {
                    break;
                }
            }
            items.add(expressions.parse());
        }
        return new Expression.Sequence(List.copyOf(items), false);
    }

    private Expression dictionary() {
        List<Expression> keys = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!tokens.takeOperator("}")) {
            if (!keys.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.takeOperator("}")) {
                    break;
                }
            }
            keys.add(expressions.parse());
            tokens.expectOperator(":");
            values.add(expressions.parse());
        }
        return new Expression.Dictionary(List.copyOf(keys), List.copyOf(values));
    }

    Expression subscript(Expression object) {
        tokens.expectOperator("[");
        Expression start = tokens.peek().isOperator(":") ? null : expressions.parse();
        if (tokens.takeOperator("]")) {
            return new Expression.Item(object, start);
        }
        tokens.expectOperator(":");
        Expression stop = sliceBound();
        Expression step = tokens.takeOperator(":") ? sliceBound() : null;
        tokens.expectOperator("]");
        return new Expression.Slice(object, start, stop, step);
    }

    private Expression sliceBound() {
        return tokens.peek().isOperator(":") || tokens.peek().isOperator("]") ? null : expressions.parse();
    }
}
