package dev.packtrain.jobs.launch;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Why a rank ended before its time. It reaches the driver as text, inside Spark's description of the failed stage, because
 * that is all that a failed stage hands over.
 *
 * @param kind who is to blame
 * @param sentence what happened, naming rank and host; one line
 * @param lastLines what the process last wrote to standard error, at most {@link LastLines#KEPT} lines
 */
public record RankFailure(Kind kind, String sentence, List<String> lastLines) {
    /** Who is to blame. */
    public enum Kind {
        /** The user's input. */
        USER,
        /** The process vanished, was killed or went silent. */
        LOST,
        /** Another rank: this one only noticed. */
        PEER,
        /** A defect or a full disk: the process says what. */
        INTERNAL
    }

    private static final Pattern ENCODED =
            Pattern.compile(RankFailedException.class.getSimpleName() + ": \\[([A-Z]+)] ([^\n]*)((?:\n\\| [^\n]*)*)");

    public RankFailure {
        sentence = sentence.replace('\n', ' ').strip();
        lastLines = List.copyOf(lastLines);
    }

    /** As the text of an exception. */
    String encode() {
        StringBuilder text = new StringBuilder("[%s] %s".formatted(kind, sentence));
        lastLines.forEach(line -> text.append("\n| ").append(line));
        return text.toString();
    }

    /** The first failure that a text holds, such as Spark's description of a failed stage. */
    static Optional<RankFailure> find(String text) {
        Matcher found = ENCODED.matcher(text);
        if (!found.find()) {
            return Optional.empty();
        }
        List<String> lines = found.group(3)
                .lines()
                .filter(line -> line.startsWith("| "))
                .map(line -> line.substring(2))
                .toList();
        return Optional.of(new RankFailure(Kind.valueOf(found.group(1)), found.group(2), lines));
    }
}
