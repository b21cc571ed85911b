package dev.packtrain.training;

import dev.packtrain.packing.Pack;
import dev.packtrain.packing.PackedSequence;
import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.training.data.PackSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A few packs of patterned documents, the same every time. */
final class TinyPacks implements PackSource {
    static final int VOCAB_SIZE = 64;
    static final int MAX_LENGTH = 48;

    private final List<Pack> packs = new ArrayList<>();

    TinyPacks(int numPacks) {
        Random random = new Random(5);
        long id = 0;
        for (int p = 0; p < numPacks; p++) {
            List<TokenizedExample> examples = new ArrayList<>();
            for (int free = MAX_LENGTH - random.nextInt(6); free >= 6; ) {
                int length = Math.min(free, 6 + random.nextInt(12));
                examples.add(example(id++, length, random.nextInt(VOCAB_SIZE - 1), 1 + random.nextInt(3)));
                free -= length;
            }
            packs.add(new Pack(examples));
        }
    }

    /** The first third is the prompt; the rest counts up, ending with token 0. */
    private static TokenizedExample example(long id, int length, int first, int stride) {
        int[] ids = new int[length];
        int[] labels = new int[length];
        for (int t = 0; t < length; t++) {
            ids[t] = t == length - 1 ? 0 : 1 + (first + t * stride) % (VOCAB_SIZE - 1);
            labels[t] = t < length / 3 ? TokenizedExample.IGNORE_INDEX : ids[t];
        }
        return new TokenizedExample(id, ids, labels);
    }

    List<Pack> packs() {
        return packs;
    }

    @Override
    public int numPacks() {
        return packs.size();
    }

    @Override
    public PackedSequence get(int index) {
        return PackedSequence.of(packs.get(index), MAX_LENGTH);
    }
}
