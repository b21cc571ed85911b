package dev.packtrain.pipeline.jinja;

import dev.packtrain.pipeline.jinja.Expression.Attribute;
import dev.packtrain.pipeline.jinja.Expression.Binary;
import dev.packtrain.pipeline.jinja.Expression.Call;
import dev.packtrain.pipeline.jinja.Expression.Comparison;
import dev.packtrain.pipeline.jinja.Expression.Filtered;
import dev.packtrain.pipeline.jinja.Expression.MethodCall;
import dev.packtrain.pipeline.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads expressions with Jinja's precedence: if-else, or, and, not, comparisons, + and -, ~, * and /, **, signs. */
final class ExpressionParser {
    private static final Map<String, Relation> RELATIONS = Map.of(
            "==", Relation.EQUAL,
            "!=", Relation.NOT_EQUAL,
            "<", Relation.LESS,
            "<=", Relation.AT_MOST,
            ">", Relation.GREATER,
            ">=", Relation.AT_LEAST);
    private static final Map<String, Arithmetic> SUMS = Map.of("+", Arithmetic.ADD, "-", Arithmetic.SUBTRACT);
    private static final Map<String, Arithmetic> PRODUCTS = Map.of(
            "*", Arithmetic.MULTIPLY,
            "/", Arithmetic.DIVIDE,
            "//", Arithmetic.FLOOR_DIVIDE,
            "%", Arithmetic.MODULO);
    private static final Map<String, Arithmetic> POWERS = Map.of("**", Arithmetic.POWER);

    private interface Level {
        Expression parse();
    }

    private final TokenStream tokens;
    private final PrimaryParser primaries;

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
        this.primaries = new PrimaryParser(tokens, this);
    }

    Expression parse() {
        tokens.enter();
        Expression expression = disjunction();
        while (tokens.takeName("if")) {
            Expression test = disjunction();
            expression = new Expression.Choice(test, expression, tokens.takeName("else") ? parse() : null);
        }
        tokens.leave();
        return expression;
    }

    /** Without a trailing {@code if}, which belongs to the statement. */
    Expression parseWithoutChoice() {
        return disjunction();
    }

    /** An expression, or several with commas between them, which make a tuple. */
    Expression parseTuple(boolean withChoice) {
        Expression first = withChoice ? parse() : disjunction();
        if (!tokens.peek().isOperator(",")) {
            return first;
        }
        List<Expression> items = new ArrayList<>(List.of(first));
        while (tokens.takeOperator(",")) {
            if (endsTuple()) {
                break;
            }
            items.add(withChoice ? parse() : disjunction());
        }
        return new Expression.Sequence(items, true);
    }

    private boolean endsTuple() {
        Kind kind = tokens.peek().kind();
        return kind == Kind.PRINT_END || kind == Kind.BLOCK_END || tokens.peek().isOperator(")");
    }

    private Expression disjunction() {
        Expression left = conjunction();
        while (tokens.takeName("or")) {
            left = new Expression.Or(left, conjunction());
        }
        return left;
    }

    private Expression conjunction() {
        Expression left = negation();
        while (tokens.takeName("and")) {
            left = new Expression.And(left, negation());
        }
        return left;
    }

    private Expression negation() {
        if (tokens.takeName("not")) {
            tokens.enter();
            Expression operand = negation();
            tokens.leave();
            return new Expression.Not(operand);
        }
        return comparison();
    }

    private Expression comparison() {
        List<Expression> operands = new ArrayList<>(List.of(sum()));
        List<Relation> relations = new ArrayList<>();
        while (true) {
            Relation relation = relation();
            if (relation == null) {
                break;
            }
            relations.add(relation);
            operands.add(sum());
        }
        return relations.isEmpty() ? operands.get(0) : new Comparison(operands, relations);
    }

    private Relation relation() {
        Token token = tokens.peek();
        if (token.kind() == Kind.OPERATOR && RELATIONS.containsKey(token.text())) {
            tokens.take();
            return RELATIONS.get(token.text());
        }
        if (tokens.takeName("in")) {
            return Relation.IN;
        }
        if (token.isName("not") && tokens.peekSecond().isName("in")) {
            tokens.take();
            tokens.take();
            return Relation.NOT_IN;
        }
        return null;
    }

    private Expression sum() {
        return chain(SUMS, this::concatenation);
    }

    private Expression concatenation() {
        Expression first = product();
        if (!tokens.peek().isOperator("~")) {
            return first;
        }
        List<Expression> parts = new ArrayList<>(List.of(first));
        while (tokens.takeOperator("~")) {
            parts.add(product());
        }
        return new Expression.Concatenation(parts);
    }

    private Expression product() {
        return chain(PRODUCTS, this::power);
    }

    private Expression power() {
        return chain(POWERS, () -> signed(true));
    }

    private Expression chain(Map<String, Arithmetic> operators, Level operand) {
        Expression left = operand.parse();
        while (tokens.peek().kind() == Kind.OPERATOR
                && operators.containsKey(tokens.peek().text())) {
            Arithmetic operator = operators.get(tokens.take().text());
            left = new Binary(operator, left, operand.parse());
        }
        return left;
    }

    private Expression signed(boolean withFilters) {
        tokens.enter();
        Expression expression;
        if (tokens.peek().isOperator("-") || tokens.peek().isOperator("+")) {
            boolean negative = tokens.take().text().equals("-");
            expression = new Expression.Signed(signed(false), negative);
        } else {
            expression = primaries.parse();
        }
        expression = postfix(expression);
        if (withFilters) {
            expression = filters(expression);
        }
        tokens.leave();
        return expression;
    }

    /** Attributes, items and calls after an expression. */
    Expression postfix(Expression expression) {
        Expression result = expression;
        while (true) {
            if (tokens.takeOperator(".")) {
                result = attribute(result);
            } else if (tokens.peek().isOperator("[")) {
                result = primaries.subscript(result);
            } else if (tokens.peek().isOperator("(")) {
                result = new Expression.FunctionCall(result, call());
            } else {
                return result;
            }
        }
    }

    private Expression attribute(Expression object) {
        if (tokens.peek().kind() == Kind.INTEGER) {
            return new Expression.Item(object, primaries.integer(tokens.take()));
        }
        String name = tokens.expectIdentifier();
        if (name.startsWith("__")) {
            throw tokens.unsupported("attribute", name);
        }
        if (!tokens.peek().isOperator("(")) {
            return new Attribute(object, Str.of(name));
        }
        if (!Methods.isKnown(name)) {
            throw tokens.unsupported("method", name);
        }
        return new MethodCall(object, Str.of(name), call());
    }

    private Expression filters(Expression expression) {
        Expression result = expression;
        while (true) {
            if (tokens.takeOperator("|")) {
                result = filter(result);
            } else if (tokens.takeName("is")) {
                result = test(result);
            } else if (tokens.peek().isOperator("(")) {
                result = new Expression.FunctionCall(result, call());
            } else {
                return result;
            }
        }
    }

    Filtered filter(Expression input) {
        String name = tokens.expectIdentifier();
        Filter filter = Filters.find(name);
        if (filter == null) {
            throw tokens.unsupported("filter", name);
        }
        return new Filtered(input, filter, tokens.peek().isOperator("(") ? call() : new Call(List.of(), Map.of()));
    }

    private Expression test(Expression input) {
        boolean negated = tokens.takeName("not");
        String name = tokens.expectIdentifier();
        Condition test = Conditions.find(name);
        if (test == null) {
            throw tokens.unsupported("test", name);
        }
        Call call = new Call(List.of(), Map.of());
        if (tokens.peek().isOperator("(")) {
            call = call();
        } else if (tokens.peek().beginsOperand()) {
            if (tokens.peek().isName("is")) {
                throw tokens.refusal("tests cannot be chained with 'is'");
            }
            call = new Call(List.of(postfix(primaries.parse())), Map.of());
        }
        Expression tested = new Expression.Tested(input, test, call);
        return negated ? new Expression.Not(tested) : tested;
    }

    private Call call() {
        tokens.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        Map<String, Expression> named = new LinkedHashMap<>();
        while (!tokens.takeOperator(")")) {
            if (!positional.isEmpty() || !named.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.takeOperator(")")) {
                    break;
                }
            }
            if (tokens.peek().isOperator("*") || tokens.peek().isOperator("**")) {
                throw tokens.refusal("arguments given with '%s' are not supported"
                        .formatted(tokens.peek().text()));
            }
            if (tokens.peek().kind() == Kind.NAME && tokens.peekSecond().isOperator("=")) {
                String name = tokens.expectIdentifier();
                tokens.take();
                named.put(name, parse());
            } else if (named.isEmpty()) {
                positional.add(parse());
            } else {
                throw tokens.refusal("an argument without name follows one with a name");
            }
        }
        return new Call(List.copyOf(positional), Map.copyOf(named));
    }
}
