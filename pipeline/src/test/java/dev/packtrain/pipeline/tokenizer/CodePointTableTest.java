package dev.packtrain.pipeline.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The table equals what the library does, code point by code point. With {@code -Dpacktrain.codePoints=FILE} the table
 * is written anew, on a JDK 17.
 */
class CodePointTableTest {
    private static int[] kinds;

    @BeforeAll
    static void probe() {
        CodePointProbe probe = new CodePointProbe();
        kinds = new int[Character.MAX_CODE_POINT + 1];
        probe.matches("\\p{L}").stream().forEach(c -> kinds[c] = CodePoints.LETTER);
        probe.matches("\\p{N}").stream().forEach(c -> kinds[c] = CodePoints.NUMBER);
        probe.matches("\\s").stream().forEach(c -> kinds[c] = CodePoints.SPACE);
        kinds['\r'] = CodePoints.NEWLINE;
        kinds['\n'] = CodePoints.NEWLINE;
    }

    @Test
    void everyCodePointHasTheLibrarysKind() throws IOException {
        String file = System.getProperty("packtrain.codePoints");
        if (file != null) {
            write(Path.of(file));
        }
        CodePoints table = CodePoints.table();
        BitSet different = new BitSet();
        for (int c = 1; c <= Character.MAX_CODE_POINT; c++) {
            different.set(c, CodePointProbe.isWorthALook(c) && table.kind(c) != kinds[c]);
        }
        assertThat(different.stream()).isEmpty();
    }

    @Test
    void codePointsThatAreSaidToBeInertAreLeftAlone() {
        CodePoints table = CodePoints.table();
        CodePointProbe probe = new CodePointProbe();
        BitSet changed = probe.changed(Character::toString, Character::toString);
        assertThat(changed.stream().filter(c -> table.normalisation(c) != CodePoints.CHANGEABLE))
                .isEmpty();
        assertThat(probe.nonStarters().stream()
                        .filter(c -> table.normalisation(c) == CodePoints.INERT
                                || table.normalisation(c) == CodePoints.UNKNOWN))
                .isEmpty();
        assertThat(probe.normalisedDifferently().stream().filter(c -> table.normalisation(c) != CodePoints.UNKNOWN))
                .isEmpty();
    }

    private static void write(Path file) throws IOException {
        CodePointProbe probe = new CodePointProbe();
        int[] normalisation = new int[kinds.length];
        for (int c = 0; c < kinds.length; c++) {
            normalisation[c] = Character.isDefined(c) ? CodePoints.INERT : CodePoints.UNKNOWN;
        }
        probe.nonStarters().stream().forEach(c -> normalisation[c] = CodePoints.NON_STARTER);
        CodePointProbe.laterInCompositions().stream().forEach(c -> normalisation[c] = CodePoints.CHANGEABLE);
        probe.changed(Character::toString, Character::toString).stream()
                .forEach(c -> normalisation[c] = CodePoints.CHANGEABLE);
        probe.knownToTheJdkAlone().stream().forEach(c -> normalisation[c] = CodePoints.UNKNOWN);
        List<String> lines = new ArrayList<>();
        lines.add("# Written by CodePointTableTest; see CodePoints. first last kind normalisation");
        int first = 0;
        for (int c = 1; c <= kinds.length; c++) {
            if (c == kinds.length || kinds[c] != kinds[first] || normalisation[c] != normalisation[first]) {
                if (kinds[first] != 0 || normalisation[first] != 0) {
                    lines.add("%X %X %d %d".formatted(first, c - 1, kinds[first], normalisation[first]));
                }
                first = c;
            }
        }
        Files.write(file, lines);
    }
}
