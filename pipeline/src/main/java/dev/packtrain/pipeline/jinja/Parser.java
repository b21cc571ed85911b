package dev.packtrain.pipeline.jinja;

import dev.packtrain.pipeline.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;

/** Reads statements; refuses by name what is no part of the subset. */
final class Parser {
    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private int loops;
    private int captures;

    private Parser(TokenStream tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens);
    }

    static List<Statement> parse(String template, String source, boolean keepsLastNewline) {
        Parser parser = new Parser(new TokenStream(template, Lexer.tokens(template, source, keepsLastNewline)));
        List<Statement> body = parser.body();
        if (parser.tokens.peek().kind() != Kind.EOF) {
            parser.tokens.take();
            throw parser.tokens.refusal(
                    "'%s' ends nothing".formatted(parser.tokens.peek().text()));
        }
        return body;
    }

    /** Statements up to a tag that some outer statement reads: its block begin is not taken. */
    private List<Statement> body() {
        List<Statement> body = new ArrayList<>();
        while (true) {
            Token token = tokens.peek();
            switch (token.kind()) {
                case TEXT -> body.add(new Statement.Text(tokens.take().text()));
                case PRINT_BEGIN -> {
                    tokens.take();
                    body.add(new Statement.Print(token.line(), expressions.parseTuple(true)));
                    tokens.expect(Kind.PRINT_END, "'}}'");
                }
                case BLOCK_BEGIN -> {
                    String tag = tokens.peekSecond().text();
                    if (tag.startsWith("end") || tag.equals("else") || tag.equals("elif")) {
                        return List.copyOf(body);
                    }
                    tokens.take();
                    tokens.enter();
                    body.add(statement());
                    tokens.leave();
                }
                default -> {
                    return List.copyOf(body);
                }
            }
        }
    }

    private Statement statement() {
        int line = tokens.line();
        String tag = tokens.expectIdentifier();
        return switch (tag) {
            case "if" -> branches();
            case "for" -> loop(line);
            case "set" -> set(line);
            case "macro" -> macro();
            case "generation" -> generation(line);
            case "break" -> jump(Statement.Flow.BREAK, tag);
            case "continue" -> jump(Statement.Flow.CONTINUE, tag);
            default -> throw tokens.unsupported("statement", tag);
        };
    }

    private void endTag() {
        tokens.expect(Kind.BLOCK_END, "'%}'");
    }

    private void end(String tag) {
        tokens.expect(Kind.BLOCK_BEGIN, "'{%% %s %%}'".formatted(tag));
        tokens.expectName(tag);
        endTag();
    }

    private boolean takeTag(String tag) {
        if (tokens.peek().kind() == Kind.BLOCK_BEGIN && tokens.peekSecond().isName(tag)) {
            tokens.take();
            tokens.take();
            return true;
        }
        return false;
    }

    private Statement branches() {
        List<Integer> lines = new ArrayList<>();
        List<Expression> tests = new ArrayList<>();
        List<List<Statement>> bodies = new ArrayList<>();
        do {
            lines.add(tokens.line());
            tests.add(expressions.parseTuple(false));
            endTag();
            bodies.add(body());
        } while (takeTag("elif"));
        List<Statement> otherwise = otherwise();
        end("endif");
        return new Statement.If(List.copyOf(lines), List.copyOf(tests), List.copyOf(bodies), otherwise);
    }

    private List<Statement> otherwise() {
        if (!takeTag("else")) {
            return List.of();
        }
        endTag();
        return body();
    }

    private Statement loop(int line) {
        Target target = target();
        tokens.expectName("in");
        Expression iterated = expressions.parseTuple(false);
        Expression filter = tokens.takeName("if") ? expressions.parse() : null;
        if (tokens.peek().isName("recursive")) {
            throw tokens.unsupported("loop modifier", "recursive");
        }
        endTag();
        loops++;
        List<Statement> body = body();
        loops--;
        List<Statement> otherwise = otherwise();
        end("endfor");
        return new Statement.For(line, target, iterated, filter, body, otherwise);
    }

    /** Names with commas between them, or in brackets. */
    private Target target() {
        List<Target> parts = new ArrayList<>();
        boolean isTuple = false;
        do {
            if (tokens.peek().isName("in") || tokens.peek().isOperator("=")) {
                break;
            }
            parts.add(oneTarget());
            isTuple |= tokens.peek().isOperator(",");
        } while (tokens.takeOperator(","));
        if (parts.isEmpty()) {
            throw tokens.unexpected("a name");
        }
        return isTuple ? new Target.Unpacking(List.copyOf(parts)) : parts.get(0);
    }

    private Target oneTarget() {
        if (tokens.takeOperator("(")) {
            tokens.enter();
            Target inner = target();
            tokens.leave();
            tokens.expectOperator(")");
            return inner;
        }
        String name = tokens.expectIdentifier();
        if (tokens.takeOperator(".")) {
            return new Target.NamespaceAttribute(name, tokens.expectIdentifier());
        }
        return new Target.Variable(name);
    }

    private Statement set(int line) {
        Target target = target();
        if (tokens.takeOperator("=")) {
            Expression value = expressions.parseTuple(true);
            endTag();
            return new Statement.Set(line, target, value);
        }
        List<Expression.Filtered> filters = new ArrayList<>();
        while (tokens.takeOperator("|")) {
            filters.add(expressions.filter(null));
        }
        endTag();
        List<Statement> body = captured();
        end("endset");
        return new Statement.SetBlock(line, target, List.copyOf(filters), body);
    }

    /** A body whose text goes into a value; no loop outside of it can be left from inside. */
    private List<Statement> captured() {
        int outerLoops = loops;
        loops = 0;
        captures++;
        List<Statement> body = body();
        captures--;
        loops = outerLoops;
        return body;
    }

    private Statement macro() {
        String name = tokens.expectIdentifier();
        tokens.expectOperator("(");
        List<String> parameters = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        while (!tokens.takeOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
            }
            parameters.add(tokens.expectIdentifier());
            defaults.add(tokens.takeOperator("=") ? expressions.parse() : null);
        }
        endTag();
        List<Statement> body = captured();
        end("endmacro");
        return new Statement.Macro(name, List.copyOf(parameters), defaults, body);
    }

    private Statement generation(int line) {
        if (captures > 0) {
            throw tokens.refusal("a 'generation' block inside a macro or a 'set' block is not supported");
        }
        endTag();
        int outerLoops = loops;
        loops = 0;
        List<Statement> body = body();
        loops = outerLoops;
        end("endgeneration");
        return new Statement.Generation(line, body);
    }

    private Statement jump(Statement.Flow flow, String tag) {
        if (loops == 0) {
            throw tokens.refusal("'%s' stands outside of a loop".formatted(tag));
        }
        endTag();
        return new Statement.Jump(flow);
    }
}
