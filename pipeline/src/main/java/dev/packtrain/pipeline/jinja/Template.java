package dev.packtrain.pipeline.jinja;

import dev.packtrain.packing.BadInputException;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;

/** A template that is ready to render. Immutable; any number of threads may render it at once. */
public final class Template {
    private final String name;
    private final List<Statement> body;

    private Template(String name, List<Statement> body) {
        this.name = name;
        this.body = body;
    }

    /**
     * Reads a template.
     *
     * @param name for messages, such as a path
     * @throws BadInputException if it is no Jinja, or uses what this interpreter does not have; names it and its line
     */
    public static Template parse(String name, String source) {
        return new Template(name, Parser.parse(name, source, false));
    }

    /** As {@link #parse}, but a newline at the end of the template is a part of it ({@code keep_trailing_newline}). */
    public static Template parseWhole(String name, String source) {
        return new Template(name, Parser.parse(name, source, true));
    }

    /** Whether it has {@code generation} blocks, which say what the model is to learn. */
    public boolean hasGeneration() {
        return hasGeneration(body);
    }

    private static boolean hasGeneration(List<Statement> statements) {
        for (Statement statement : statements) {
            if (statement instanceof Statement.Generation) {
                return true;
            }
            if (statement instanceof Statement.For f && (hasGeneration(f.body()) || hasGeneration(f.otherwise()))) {
                return true;
            }
            if (statement instanceof Statement.If branches) {

                if (hasGeneration(branches.otherwise())
                        || branches.bodies().stream().anyMatch(Template::hasGeneration)) {
                    return true;
                }
            }
        }
        return false;
    }

    /**
     * Renders the template.
     *
     * @param variables what its names stand for; functions need not be given
     * @param now what {@code strftime_now} shows
     * @throws RenderException if the template refuses the variables or fails; any other text than its own names the
     *     template and the line
     */
    public Rendering render(Map<String, Value> variables, LocalDateTime now) {
        Execution execution = new Execution(now);
        Scope scope = new Scope(null);
        variables.forEach((variable, value) -> scope.set(variable.intern(), value));
        try {
            Statement.run(body, execution, scope);
        } catch (RenderException failure) {
            throw failure.isRaisedByTemplate() ? failure : located(execution, failure.getMessage());
        } catch (ArithmeticException tooLarge) {
            throw located(execution, "a whole number is outside 64 bits");
        } catch (StackOverflowError tooDeep) {
            // Parser and macros bound their own depth; long chains of operators and nested data add up to more.
            throw located(execution, "it is nested too deep");
        }
        return execution.result();
    }

    private RenderException located(Execution execution, String what) {
        return new RenderException("%s, line %d: %s".formatted(name, execution.line(), what));
    }
}
