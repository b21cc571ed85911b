package dev.packtrain.pipeline.jinja;

import java.util.ArrayList;
import java.util.List;

/** What a template does. */
sealed interface Statement {
    /** Where to go on. */
    enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    Flow run(Execution execution, Scope scope);

    static Flow run(List<Statement> body, Execution execution, Scope scope) {
        for (Statement statement : body) {
            Flow flow = statement.run(execution, scope);
            if (flow != Flow.NEXT) {
                return flow;
            }
        }
        return Flow.NEXT;
    }

    /** Text outside of tags. */
    record Text(String text) implements Statement {
        @Override
        public Flow run(Execution execution, Scope scope) {
            execution.printText(text);
            return Flow.NEXT;
        }
    }

    /** {@code {{ expression }}}. */
    record Print(int line, Expression expression) implements Statement {
        @Override
        public Flow run(Execution execution, Scope scope) {
            execution.at(line);
            execution.print(expression.evaluate(execution, scope));
            return Flow.NEXT;
        }
    }

    /** {@code if} and its {@code elif}s: a body per test, and one for when none holds. */
    record If(List<Integer> lines, List<Expression> tests, List<List<Statement>> bodies, List<Statement> otherwise)
            implements Statement {
        @Override
        public Flow run(Execution execution, Scope scope) {
            for (int i = 0; i < tests.size(); i++) {
                execution.at(lines.get(i));
                if (tests.get(i).evaluate(execution, scope).isTrue()) {
                    return Statement.run(bodies.get(i), execution, scope);
                }
            }
            return Statement.run(otherwise, execution, scope);
        }
    }

    /** A loop; {@code filter} may be null. */
    record For(
            int line,
            Target target,
            Expression iterated,
            Expression filter,
            List<Statement> body,
            List<Statement> otherwise)
            implements Statement {
        @Override
        public Flow run(Execution execution, Scope scope) {
            execution.at(line);
            List<Value> items = items(execution, scope);
            if (items.isEmpty()) {
                Statement.run(otherwise, execution, new Scope(scope));
                return Flow.NEXT;
            }
            Loop loop = new Loop(items);
            for (int i = 0; i < items.size(); i++) {
                execution.round();
                loop.moveTo(i);
                Scope inner = new Scope(scope);
                inner.set("loop", loop);
                target.assign(inner, items.get(i));
                int start = execution.position();
                Flow flow = Statement.run(body, execution, inner);
                execution.region(items.get(i), start);
                if (flow == Flow.BREAK) {
                    break;
                }
            }
            return Flow.NEXT;
        }

        private List<Value> items(Execution execution, Scope scope) {
            List<Value> all = Access.items(iterated.evaluate(execution, scope));
            if (filter == null) {
                return all;
            }
            List<Value> kept = new ArrayList<>();
            for (Value item : all) {
                execution.round();
                Scope inner = new Scope(scope);
                target.assign(inner, item);
                if (filter.evaluate(execution, inner).isTrue()) {
                    kept.add(item);
                }
            }
            return kept;
        }
    }

    /** {@code set target = expression}. */
    record Set(int line, Target target, Expression expression) implements Statement {
        @Override
        public Flow run(Execution execution, Scope scope) {
            execution.at(line);
            target.assign(scope, expression.evaluate(execution, scope));
            return Flow.NEXT;
        }
    }

    /** {@code set target} … {@code endset}, with filters after the target. */
    record SetBlock(int line, Target target, List<Expression.Filtered> filters, List<Statement> body)
            implements Statement {
        @Override
        public Flow run(Execution execution, Scope scope) {
            execution.at(line);
            Value value = execution.capture(body, new Scope(scope));
            for (Expression.Filtered filter : filters) {
                value = filter.filter().apply(execution, value, filter.call().evaluate(execution, scope));
            }
            target.assign(scope, value);
            return Flow.NEXT;
        }
    }

    /** {@code macro name(parameters)} … {@code endmacro}; a parameter without default has null. */
    record Macro(String name, List<String> parameters, List<Expression> defaults, List<Statement> body)
            implements Statement {
        @Override
        public Flow run(Execution execution, Scope scope) {
            scope.set(name, (Callable) (caller, arguments) -> call(caller, scope, arguments));
            return Flow.NEXT;
        }

        private Value call(Execution execution, Scope definedIn, Arguments arguments) {
            arguments.check("the macro '%s'".formatted(name), parameters.toArray(String[]::new));
            Scope inner = new Scope(definedIn);
            for (int i = 0; i < parameters.size(); i++) {
                Value value = arguments.get(i, parameters.get(i));
                if (value == null) {
                    value = defaults.get(i) != null
                            ? defaults.get(i).evaluate(execution, inner)
                            : new Undefined("parameter '%s' was not provided".formatted(parameters.get(i)));
                }
                inner.set(parameters.get(i), value);
            }
            return execution.capture(body, inner);
        }
    }

    /** {@code generation} … {@code endgeneration}: what the model is to learn. */
    record Generation(int line, List<Statement> body) implements Statement {
        @Override
        public Flow run(Execution execution, Scope scope) {
            execution.at(line);
            if (!execution.isAtRoot()) {
                throw new RenderException("a 'generation' block inside a macro or a 'set' block is not supported");
            }
            int start = execution.position();
            Statement.run(body, execution, new Scope(scope));
            execution.generated(start);
            return Flow.NEXT;
        }
    }

    /** {@code break} or {@code continue}. */
    record Jump(Flow flow) implements Statement {
        @Override
        public Flow run(Execution execution, Scope scope) {
            return flow;
        }
    }
}
