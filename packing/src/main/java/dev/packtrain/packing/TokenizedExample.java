package dev.packtrain.packing;

import java.util.Arrays;
import java.util.Objects;

/**
 * One record after tokenising: a document that a pack holds whole.
 *
 * @param id the record's number in the data set (0-based, files in sorted order, then lines), unique in it
 * @param inputIds token ids, length {@code T >= 1}
 * @param labels length {@code T}, aligned with {@code inputIds} (Hugging Face's convention: the trainer shifts);
 *     {@link #IGNORE_INDEX} where no loss is taken. {@code labels[0]} never contributes, for nothing precedes it
 * @param positionIds length {@code T}, each at least 0; null stands for 0, 1, …, T − 1
 * @param branches where the answers of a preference example begin; null for a single sequence
 */
public record TokenizedExample(long id, int[] inputIds, int[] labels, int[] positionIds, PreferenceBranches branches) {
    /** The label that takes no loss, as in PyTorch's cross-entropy. */
    public static final int IGNORE_INDEX = -100;

    public TokenizedExample {
        Objects.requireNonNull(inputIds, "inputIds");
        Objects.requireNonNull(labels, "labels");
        if (inputIds.length == 0 || inputIds.length != labels.length) {
            throw new IllegalArgumentException("example %d has %d input ids and %d labels; wanted equal and at least 1"
                    .formatted(id, inputIds.length, labels.length));
        }
        if (positionIds != null && positionIds.length != inputIds.length) {
            throw new IllegalArgumentException("example %d has %d input ids and %d position ids; wanted as many"
                    .formatted(id, inputIds.length, positionIds.length));
        }
        if (branches != null) {
            branches.requireWithin(inputIds.length, id);
        }
    }

    /** A single sequence at positions 0, 1, …, T − 1. */
    public TokenizedExample(long id, int[] inputIds, int[] labels) {
        this(id, inputIds, labels, null, null);
    }

    /** A single sequence at positions of its own, as PoSE wants them: rising, with jumps. */
    public TokenizedExample(long id, int[] inputIds, int[] labels, int[] positionIds) {
        this(id, inputIds, labels, Objects.requireNonNull(positionIds, "positionIds"), null);
    }

    /**
     * Two answers to one prompt as one document, see {@link PreferenceBranches}. Its length is that of the prompt and of
     * both answers, plus one; the answers' tokens take a loss, and nothing else.
     *
     * @param prompt at least one token
     * @param chosen the better answer, at least one token
     * @param rejected the worse answer, at least one token
     */
    public static TokenizedExample preference(long id, int[] prompt, int[] chosen, int[] rejected) {
        if (prompt.length == 0 || chosen.length == 0 || rejected.length == 0) {
            throw new IllegalArgumentException(
                    "example %d has %d prompt, %d chosen and %d rejected tokens; wanted at least 1 of each"
                            .formatted(id, prompt.length, chosen.length, rejected.length));
        }
        int shared = prompt.length - 1;
        PreferenceBranches branches = new PreferenceBranches(shared, shared + 1 + chosen.length);
        int length = branches.rejectedStart() + 1 + rejected.length;
        int[] inputIds = Arrays.copyOf(prompt, length);
        int[] labels = new int[length];
        int[] positionIds = new int[length];
        Arrays.fill(labels, IGNORE_INDEX);
        for (int t = 0; t < shared; t++) {
            positionIds[t] = t;
        }
        for (int branch : new int[] {branches.chosenStart(), branches.rejectedStart()}) {
            int[] answer = branch == shared ? chosen : rejected;
            inputIds[branch] = prompt[shared];
            System.arraycopy(answer, 0, inputIds, branch + 1, answer.length);
            System.arraycopy(answer, 0, labels, branch + 1, answer.length);
            for (int t = 0; t <= answer.length; t++) {
                positionIds[branch + t] = shared + t;
            }
        }
        return new TokenizedExample(id, inputIds, labels, positionIds, branches);
    }

    /** What the example is. */
    public ExampleKind kind() {
        return branches == null ? ExampleKind.SEQUENCE : ExampleKind.PREFERENCE;
    }

    /** Number of tokens. */
    public int length() {
        return inputIds.length;
    }

    /**
     * Number of tokens that take a loss: labels other than {@link #IGNORE_INDEX} after the first token, which no token
     * predicts.
     */
    public int numLabelTokens() {
        int count = 0;
        for (int t = 1; t < labels.length; t++) {
            // Without a branch, which would be mispredicted where masked and learnt tokens alternate.
            int different = labels[t] ^ IGNORE_INDEX;
            count += (different | -different) >>> 31;
        }
        return count;
    }
}
