package dev.packtrain.pipeline.jinja;

import dev.packtrain.packing.BadInputException;

/** The sentence for a template that cannot be used. */
final class Refusal {
    private Refusal() {}

    static BadInputException at(String template, int line, String what) {
        return new BadInputException(
                "%s, line %d: %s; change the template, or choose another one".formatted(template, line, what));
    }
}
