package dev.packtrain.pipeline.tokenizer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What the Hugging Face library knows of each code point: its kind in the patterns that cut words, and its part in
 * normalisation form C.
 *
 * <p>The JDK has tables of its own, but of another version of Unicode, and each JDK of yet another. So this table was
 * read out of the library ({@code CodePointTableTest} does it again and compares every code point).
 *
 * <p>A trie of two levels: neighbours in a script share a page, so the pages of one text stay in the nearest cache.
 */
final class CodePoints {
    /** Neither letter, number nor white space: punctuation, symbols, marks, unassigned code points. */
    static final int OTHER = 0;

    /** General category L. */
    static final int LETTER = 1;

    /** General category N. */
    static final int NUMBER = 2;

    /** White space but for the next. */
    static final int SPACE = 3;

    /** Carriage return and line feed. */
    static final int NEWLINE = 4;

    /** In a text of these alone normalisation changes nothing. */
    static final int INERT = 0;

    /** Has a combining class: may trade places with its like. */
    static final int NON_STARTER = 1;

    /** May be composed or decomposed. */
    static final int CHANGEABLE = 2;

    /** Unknown to the library's normalisation, which leaves it alone; a JDK may know better. */
    static final int UNKNOWN = 3;

    /** Bits of {@link #kind}; those of {@link #normalisation} are above. */
    private static final int KIND_BITS = 3;

    private static final int KIND_MASK = (1 << KIND_BITS) - 1;
    private static final int PAGE_BITS = 7;
    private static final int PAGE = 1 << PAGE_BITS;
    private static final int PAGE_MASK = PAGE - 1;
    private static final String RESOURCE = "code-points.txt";

    private final char[] pages;
    private final byte[] values;

    /** Holds the table, which never changes, from the first use on. */
    private static final class Loaded {
        private static final CodePoints TABLE = read();
    }

    private CodePoints(byte[] flat) {
        char[] index = new char[flat.length / PAGE];
        byte[] distinct = new byte[flat.length];
        Map<String, Integer> known = new HashMap<>();
        for (int page = 0; page < index.length; page++) {
            byte[] content = Arrays.copyOfRange(flat, page * PAGE, (page + 1) * PAGE);
            String key = new String(content, StandardCharsets.ISO_8859_1);
            Integer at = known.putIfAbsent(key, known.size());
            index[page] = (char) (at == null ? known.size() - 1 : at);
            System.arraycopy(content, 0, distinct, index[page] * PAGE, PAGE);
        }
        this.pages = index;
        this.values = Arrays.copyOf(distinct, known.size() * PAGE);
    }

    static CodePoints table() {
        return Loaded.TABLE;
    }

    /** Lines of {@code first last kind normalisation}, the code points in hexadecimal; what is not there is 0 0. */
    private static CodePoints read() {
        byte[] flat = new byte[Character.MAX_CODE_POINT + 1];
        try (InputStream resource = CodePoints.class.getResourceAsStream(RESOURCE);
                BufferedReader lines = new BufferedReader(new InputStreamReader(resource, StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("#")) {
                    continue;
                }
                String[] fields = line.split(" ", -1);
                Arrays.fill(flat, Integer.parseInt(fields[0], 16), Integer.parseInt(fields[1], 16) + 1, (byte)
                        (Integer.parseInt(fields[2]) | (Integer.parseInt(fields[3]) << KIND_BITS)));
            }
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return new CodePoints(flat);
    }

    /** One of {@link #OTHER}, {@link #LETTER}, {@link #NUMBER}, {@link #SPACE}, {@link #NEWLINE}. */
    int kind(int codePoint) {
        return value(codePoint) & KIND_MASK;
    }

    /** One of {@link #INERT}, {@link #NON_STARTER}, {@link #CHANGEABLE}, {@link #UNKNOWN}. */
    int normalisation(int codePoint) {
        return value(codePoint) >> KIND_BITS;
    }

    private int value(int codePoint) {
        return values[(pages[codePoint >> PAGE_BITS] << PAGE_BITS) | (codePoint & PAGE_MASK)];
    }
}
