package dev.packtrain.jobs.recipe;

import java.util.List;
import java.util.Set;

/**
 * One key of a recipe, which is also one command-line option.
 *
 * @param name as PaddleNLP and Hugging Face call it
 * @param type what its value must be
 * @param defaultValue used when nobody sets it; null: unset
 * @param doc one short line for {@code --help}
 * @param group heading in {@code --help}
 * @param commands the commands that use it; empty: none yet
 * @param neutral only for a key that is not supported yet: values that ask for nothing and are therefore accepted
 */
public record RecipeKey(
        String name,
        ValueType type,
        Object defaultValue,
        String doc,
        KeyGroup group,
        Set<Command> commands,
        List<Object> neutral) {
    public RecipeKey {
        commands = Set.copyOf(commands);
        neutral = List.copyOf(neutral);
    }

    /** A key that is honoured. */
    static RecipeKey key(
            String name, ValueType type, Object defaultValue, String doc, KeyGroup group, Set<Command> commands) {
        return new RecipeKey(name, type, defaultValue, doc, group, commands, List.of());
    }

    /** Whether some command uses it. */
    public boolean supported() {
        return group != KeyGroup.UNSUPPORTED;
    }

    /** Whether a value of a key that is not supported yet asks for nothing. */
    boolean isNeutral(Object value) {
        if (value == null || value.equals("")) {
            return true;
        }
        return neutral.stream().anyMatch(each -> plain(each).equals(plain(value)));
    }

    private static String plain(Object value) {
        String text = String.valueOf(value);
        try {
            return Double.toString(Double.parseDouble(text));
        } catch (NumberFormatException notANumber) {
            return text;
        }
    }
}
