package dev.packtrain.pipeline.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * What a post-processor does to the tokens of a text.
 *
 * @param before ids put before a sequence that takes special tokens
 * @param after ids put after it
 * @param trims how often white space is left out of the tokens' ranges
 * @param keepsFirstSpace whether the first token keeps its leading space in its range
 */
record SequenceEnds(int[] before, int[] after, boolean trims, boolean keepsFirstSpace) {
    /**
     * Reads {@code post_processor}.
     *
     * @throws UnsupportedFileException if it is anything but ByteLevel, TemplateProcessing, or these two in this order
     */
    static SequenceEnds read(JsonNode node) throws UnsupportedFileException {
        SequenceEnds ends = new SequenceEnds(new int[0], new int[0], false, false);
        if (ByteLevelFile.isNothing(node)) {
            return ends;
        }
        List<JsonNode> steps = ByteLevelFile.steps(node, "processors");
        ByteLevelFile.refuse(steps.size() > 2, "more than two post-processors");
        for (int i = 0; i < steps.size(); i++) {
            JsonNode step = steps.get(i);
            if (ByteLevelFile.isType(step, "ByteLevel") && i == 0) {
                ends = new SequenceEnds(
                        ends.before,
                        ends.after,
                        step.path("trim_offsets").asBoolean(true),
                        step.path("add_prefix_space").asBoolean(true));
            } else if (ByteLevelFile.isType(step, "TemplateProcessing") && i == steps.size() - 1) {
                ends = template(step, ends);
            } else {
                throw new UnsupportedFileException("the post-processor " + ByteLevelFile.name(step));
            }
        }
        return ends;
    }

    private static SequenceEnds template(JsonNode step, SequenceEnds ends) throws UnsupportedFileException {
        List<Integer> before = new ArrayList<>();
        List<Integer> after = new ArrayList<>();
        boolean seen = false;
        for (JsonNode piece : step.path("single")) {
            if (piece.has("Sequence")) {
                ByteLevelFile.refuse(seen, "a template that repeats the text");
                seen = true;
                continue;
            }
            String name = piece.path("SpecialToken").path("id").asText();
            for (JsonNode id : step.path("special_tokens").path(name).path("ids")) {
                (seen ? after : before).add(id.asInt());
            }
        }
        ByteLevelFile.refuse(!seen, "a template without the text");
        return new SequenceEnds(ints(before), ints(after), ends.trims, ends.keepsFirstSpace);
    }

    private static int[] ints(List<Integer> ids) {
        return ids.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * Notes the range of a token, trimmed if ranges are.
     *
     * @param utf8 the text, in which the token is from {@code from} to {@code to}
     * @param isFirst whether it is the first token of all
     * @param start the first char that it covers, and {@code end} one more than the last
     * @param index where the range goes in {@code starts} and {@code ends}
     */
    void range(
            byte[] utf8, int from, int to, boolean isFirst, int start, int end, int[] starts, int[] ends, int index) {
        starts[index] = start;
        ends[index] = end;
        if (!trims) {
            return;
        }
        int leading = 0;
        while (from + leading < to && utf8[from + leading] == ' ') {
            leading++;
        }
        int trailing = 0;
        while (to - trailing > from && utf8[to - trailing - 1] == ' ') {
            trailing++;
        }
        // More than one cannot have been put there by the tokenizer, so they are left out.
        boolean keeps = leading == 1 && keepsFirstSpace && (isFirst || start == 0);
        starts[index] = Math.min(start + (keeps ? 0 : leading), end);
        ends[index] = Math.max(end - trailing, starts[index]);
    }
}
