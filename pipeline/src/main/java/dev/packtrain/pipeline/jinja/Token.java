package dev.packtrain.pipeline.jinja;

/**
 * A piece of a template.
 *
 * @param kind what it is
 * @param text the characters to print, a string's decoded content, or the token itself
 * @param line where it starts, from 1
 */
record Token(Kind kind, String text, int line) {
    enum Kind {
        TEXT,
        PRINT_BEGIN,
        PRINT_END,
        BLOCK_BEGIN,
        BLOCK_END,
        NAME,
        STRING,
        INTEGER,
        FLOAT,
        OPERATOR,
        EOF
    }

    boolean is(Kind wantedKind, String wantedText) {
        return kind == wantedKind && text.equals(wantedText);
    }

    boolean isName(String name) {
        return is(Kind.NAME, name);
    }

    boolean isOperator(String operator) {
        return is(Kind.OPERATOR, operator);
    }

    /** Whether it can be the argument of a test that is given without brackets. */
    boolean beginsOperand() {
        return switch (kind) {
            case NAME -> !(text.equals("else") || text.equals("or") || text.equals("and"));
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> text.equals("[") || text.equals("{");
            default -> false;
        };
    }
}
