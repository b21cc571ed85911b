package dev.packtrain.pipeline.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * Words that are cut and merged from whole characters on have the tokens of plain merging from their bytes on, also with
 * merges that no training makes: across characters at any byte, and in any order.
 */
class CharacterMergesPropertyTest {
    private static final int BYTES = 256;
    private static final int MERGES = 120;

    /** Characters of one to four bytes that share many of them. */
    private static final String[] ALPHABET = {
        "a",
        "#",
        "\u00e9",
        "\u00e8",
        "\u0431",
        "\u4e00",
        "\u4e01",
        "\u4e03",
        "\u4e40",
        "\u4f00",
        "\u5e00",
        "\u5e01",
        "\u9e00",
        "\u6587",
        "\ud840\udc00",
        "\ud840\udc01",
        "\ud83d\ude00"
    };

    /** A vocabulary made of random merges of what occurs in random words. */
    private static final class Vocabulary {
        private final Random random;
        private final boolean trained;
        private final Map<String, Integer> ids = new HashMap<>();
        private final List<String> tokens = new ArrayList<>();
        private final List<String[]> merges = new ArrayList<>();

        Vocabulary(long seed) {
            random = new Random(seed);
            trained = random.nextBoolean();
            for (int b = 0; b < BYTES; b++) {
                id(String.valueOf((char) b));
            }
            for (int tries = 0; tries < 10 * MERGES && merges.size() < MERGES; tries++) {
                propose();
            }
            if (!trained) {
                Collections.shuffle(merges, random);
            }
        }

        private int id(String latin1) {
            return ids.computeIfAbsent(latin1, token -> {
                tokens.add(token);
                return tokens.size() - 1;
            });
        }

        byte[] word() {
            StringBuilder word = new StringBuilder();
            int length = 1 + random.nextInt(random.nextInt(20) == 0 ? 150 : 9);
            int characters = 2 + random.nextInt(ALPHABET.length - 1);
            for (int i = 0; i < length; i++) {
                word.append(ALPHABET[random.nextInt(characters)]);
            }
            return word.toString().getBytes(StandardCharsets.UTF_8);
        }

        /** Merges two neighbours that random cuts of a word leave. */
        private void propose() {
            byte[] utf8 = word();
            int[] cuts = random.ints(3, 0, utf8.length + 1).sorted().toArray();
            if (cuts[0] == cuts[1] || cuts[1] == cuts[2] || cuts[2] - cuts[0] > 7) {
                return;
            }
            String left = new String(utf8, cuts[0], cuts[1] - cuts[0], StandardCharsets.ISO_8859_1);
            String right = new String(utf8, cuts[1], cuts[2] - cuts[1], StandardCharsets.ISO_8859_1);
            boolean known = ids.containsKey(left) && ids.containsKey(right);
            if ((known || !trained)
                    && merges.stream().noneMatch(pair -> pair[0].equals(left) && pair[1].equals(right))) {
                id(left);
                id(right);
                id(left + right);
                merges.add(new String[] {left, right});
            }
        }

        ByteLevelModel model() {
            int size = merges.size();
            MergeList list = new MergeList(new String[size], new String[size], new int[2 * size], new int[size]);
            ByteAlphabet alphabet = new ByteAlphabet();
            for (int rank = 0; rank < size; rank++) {
                String[] pair = merges.get(rank);
                list.left()[rank] = shown(pair[0], alphabet);
                list.right()[rank] = shown(pair[1], alphabet);
                list.pairs()[2 * rank] = ids.get(pair[0]);
                list.pairs()[2 * rank + 1] = ids.get(pair[1]);
                list.results()[rank] = ids.get(pair[0] + pair[1]);
            }
            int[] byteIds = new int[BYTES];
            Arrays.setAll(byteIds, b -> b);
            MergeTable table = new MergeTable(byteIds, list.pairs(), list.results());
            JoinFilter joins = new JoinFilter();
            tokens.forEach(token -> joins.add(token.getBytes(StandardCharsets.ISO_8859_1)));
            int[] lengths = tokens.stream().mapToInt(String::length).toArray();
            CharacterMerges characters =
                    new CharacterMerges(table, list.partial(alphabet), list.firstUse(lengths.length));
            return new ByteLevelModel(table, characters.characters(), joins, null, lengths);
        }

        private static String shown(String latin1, ByteAlphabet alphabet) {
            StringBuilder shown = new StringBuilder();
            latin1.chars().forEach(b -> shown.append(alphabet.of(b)));
            return shown.toString();
        }
    }

    @Property(tries = 40)
    void wordsMergeAsTheirBytesDo(@ForAll long seed) {
        Vocabulary vocabulary = new Vocabulary(seed);
        ByteLevelModel model = vocabulary.model();
        WordCutter cutter = new Gpt2Words();
        WordEncoder encoder = new WordEncoder(model, cutter);
        WordMerger plain = new WordMerger(model.merges());
        for (int i = 0; i < 300; i++) {
            byte[] word = vocabulary.word();
            byte[] padded = Arrays.copyOf(word, word.length + Utf8.PADDING);
            int[] wanted = new int[word.length];
            int size = 0;
            int end;
            for (int at = 0; at < word.length; at = end) {
                end = cutter.end(padded, at, word.length);
                size = plain.merge(padded, at, end, wanted, size);
            }
            int numWanted = size;
            encoder.clear();
            encoder.encode(padded, 0, word.length);
            assertThat(encoder.ids())
                    .as(() -> "tokens of " + new String(word, StandardCharsets.UTF_8))
                    .isEqualTo(Arrays.copyOf(wanted, numWanted));
        }
    }
}
