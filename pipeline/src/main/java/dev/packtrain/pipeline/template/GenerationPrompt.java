package dev.packtrain.pipeline.template;

/** How a turn of the assistant's begins with what a generation prompt gives. */
final class GenerationPrompt {
    private GenerationPrompt() {}

    /**
     * How many chars of a turn's beginning the prompt gives: all of it, if the turn has it; else
     * the longest beginning that ends the prompt, or that begins it too. The latter is cut back to the end of a word or marker, because the two may part inside of one: after
     * {@code <|im_start|>assistant\n}, the prompt goes on with {@code <think>}, the turn with {@code <tool_call>}.
     *
     * @param prefix what the template writes in a turn before anything of the message
     * @param prompt what {@code add_generation_prompt} adds
     */
    static int givenOf(String prefix, String prompt) {
        int whole = prompt.isEmpty() ? -1 : prefix.lastIndexOf(prompt);
        if (whole >= 0) {
            return whole + prompt.length();
        }
        int ending = Math.min(prefix.length(), prompt.length());
        while (ending > 0 && !prompt.endsWith(prefix.substring(0, ending))) {
            ending--;
        }
        int common = commonPrefix(prefix, prompt);
        if (common < prefix.length() && common < prompt.length()) {
            common = markerEnd(prompt, common);
        }
        return Math.max(ending, common);
    }

    static int commonPrefix(String one, String other) {
        int most = Math.min(one.length(), other.length());
        int common = 0;
        while (common < most && one.charAt(common) == other.charAt(common)) {
            common++;
        }
        return common;
    }

    /** The text that {@code add_generation_prompt} adds to a question. */
    static String addedTo(String without, String with) {
        int common = commonPrefix(without, with);
        // Something at the end may give way to the prompt, and begin as it does.
        return with.substring(common < without.length() ? markerEnd(with, common) : common);
    }

    private static int markerEnd(String text, int from) {
        int end = from;
        while (end > 0 && !endsMarker(text.charAt(end - 1))) {
            end--;
        }
        return end;
    }

    private static boolean endsMarker(char c) {
        return Character.isWhitespace(c) || c == '>' || c == ']' || c == '}' || c == ':';
    }
}
