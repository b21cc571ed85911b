package dev.packtrain.pipeline.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What has a value. */
sealed interface Expression {
    Value evaluate(Execution execution, Scope scope);

    /** A value that stands in the template. */
    record Constant(Value value) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            return value;
        }
    }

    /** A variable; the name is interned. */
    record Name(String name) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            Value value = scope.find(name);
            if (value != null) {
                return value;
            }
            Value global = Globals.ALL.get(name);
            return global != null ? global : new Undefined("'%s' is undefined".formatted(name));
        }
    }

    /** {@code object.name}. */
    record Attribute(Expression object, Str name) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            return Access.attribute(object.evaluate(execution, scope), name);
        }
    }

    /** {@code object[key]}. */
    record Item(Expression object, Expression key) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            return Access.item(object.evaluate(execution, scope), key.evaluate(execution, scope));
        }
    }

    /** {@code object[start:stop:step]}; each bound may be null. */
    record Slice(Expression object, Expression start, Expression stop, Expression step) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            return Access.slice(
                    object.evaluate(execution, scope),
                    bound(start, execution, scope),
                    bound(stop, execution, scope),
                    bound(step, execution, scope));
        }

        private static Value bound(Expression bound, Execution execution, Scope scope) {
            return bound == null ? None.NONE : bound.evaluate(execution, scope);
        }
    }

    /** Arguments before they are evaluated. */
    record Call(List<Expression> positional, Map<String, Expression> named) {
        Arguments evaluate(Execution execution, Scope scope) {
            if (positional.isEmpty() && named.isEmpty()) {
                return Arguments.NONE;
            }
            List<Value> values = new ArrayList<>(positional.size());
            for (Expression argument : positional) {
                values.add(argument.evaluate(execution, scope));
            }
            if (named.isEmpty()) {
                return new Arguments(values, Map.of());
            }
            Map<String, Value> byName = new HashMap<>();
            named.forEach((name, argument) -> byName.put(name, argument.evaluate(execution, scope)));
            return new Arguments(values, byName);
        }
    }

    /** {@code object.name(…)}. */
    record MethodCall(Expression object, Str name, Call call) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            Value target = object.evaluate(execution, scope);
            return execution.charge(Methods.call(execution, target, name, call.evaluate(execution, scope)));
        }
    }

    /** {@code function(…)}. */
    record FunctionCall(Expression function, Call call) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            Value target = function.evaluate(execution, scope);
            if (target instanceof Callable callable) {
                return execution.charge(callable.call(execution, call.evaluate(execution, scope)));
            }
            throw new RenderException(
                    target instanceof Undefined undefined
                            ? undefined.hint()
                            : "'%s' object is not callable".formatted(target.typeName()));
        }
    }

    /** {@code input|filter(…)}. */
    record Filtered(Expression input, Filter filter, Call call) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            Value value = input.evaluate(execution, scope);
            return execution.charge(filter.apply(execution, value, call.evaluate(execution, scope)));
        }
    }

    /** {@code input is test(…)}. */
    record Tested(Expression input, Condition test, Call call) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            Value value = input.evaluate(execution, scope);
            return Bool.of(test.holds(value, call.evaluate(execution, scope)));
        }
    }

    /** {@code not operand}. */
    record Not(Expression operand) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            return Bool.of(!operand.evaluate(execution, scope).isTrue());
        }
    }

    /** {@code -operand} or {@code +operand}. */
    record Signed(Expression operand, boolean negative) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            return Arithmetic.signed(operand.evaluate(execution, scope), negative);
        }
    }

    /** {@code left and right}. */
    record And(Expression left, Expression right) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            Value value = left.evaluate(execution, scope);
            return value.isTrue() ? right.evaluate(execution, scope) : value;
        }
    }

    /** {@code left or right}. */
    record Or(Expression left, Expression right) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            Value value = left.evaluate(execution, scope);
            return value.isTrue() ? value : right.evaluate(execution, scope);
        }
    }

    /** {@code left operator right}. */
    record Binary(Arithmetic operator, Expression left, Expression right) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            Value a = left.evaluate(execution, scope);
            return execution.charge(operator.apply(execution, a, right.evaluate(execution, scope)));
        }
    }

    /** {@code a ~ b ~ c}. */
    record Concatenation(List<Expression> parts) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            TextBuilder text = new TextBuilder();
            for (Expression part : parts) {
                text.append(Printer.str(part.evaluate(execution, scope)));
            }
            return execution.charge(text.toStr());
        }
    }

    /** {@code first op second op third …}: each neighbour pair holds. */
    record Comparison(List<Expression> operands, List<Relation> operators) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            Value left = operands.get(0).evaluate(execution, scope);
            for (int i = 0; i < operators.size(); i++) {
                Value right = operands.get(i + 1).evaluate(execution, scope);
                if (!operators.get(i).holds(left, right)) {
                    return Bool.FALSE;
                }
                left = right;
            }
            return Bool.TRUE;
        }
    }

    /** {@code then if test else otherwise}; without {@code else}, {@code otherwise} is null. */
    record Choice(Expression test, Expression then, Expression otherwise) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            if (test.evaluate(execution, scope).isTrue()) {
                return then.evaluate(execution, scope);
            }
            return otherwise == null
                    ? new Undefined("the inline if-expression evaluated to false and has no else")
                    : otherwise.evaluate(execution, scope);
        }
    }

    /** {@code [a, b]} or {@code (a, b)}. */
    record Sequence(List<Expression> items, boolean isTuple) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            List<Value> values = new ArrayList<>(items.size());
            for (Expression item : items) {
                values.add(item.evaluate(execution, scope));
            }
            return new Seq(values, isTuple);
        }
    }

    /** {@code {a: b}}. */
    record Dictionary(List<Expression> keys, List<Expression> values) implements Expression {
        @Override
        public Value evaluate(Execution execution, Scope scope) {
            Map<Value, Value> entries = new LinkedHashMap<>();
            for (int i = 0; i < keys.size(); i++) {
                Value key = Access.hashable(keys.get(i).evaluate(execution, scope));
                entries.put(key, values.get(i).evaluate(execution, scope));
            }
            return new Dict(entries);
        }
    }
}
