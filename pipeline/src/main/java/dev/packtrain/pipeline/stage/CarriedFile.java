package dev.packtrain.pipeline.stage;

import dev.packtrain.packing.PreferenceBranches;
import dev.packtrain.packing.TokenizedExample;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.List;

/**
 * Examples that a group could not place well, staged for a group of the next level.
 *
 * @param file name in the staging directory
 * @param examples number of examples, at least 1
 * @param tokens their tokens
 */
public record CarriedFile(String file, int examples, long tokens) implements Serializable {
    private static final int BUFFER = 1 << 16;
    private static final int POSITIONS = 1;
    private static final int BRANCHES = 2;

    /** Writes the content of such a file: numbers as variable-length integers. */
    static void write(OutputStream file, List<TokenizedExample> examples) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(file, BUFFER))) {
            for (TokenizedExample example : examples) {
                write(out, example);
            }
        }
    }

    private static void write(DataOutputStream out, TokenizedExample example) throws IOException {
        out.writeLong(example.id());
        out.writeByte((example.positionIds() == null ? 0 : POSITIONS) | (example.branches() == null ? 0 : BRANCHES));
        VarInt.write(out, example.length());
        for (int i = 0; i < example.length(); i++) {
            VarInt.write(out, example.inputIds()[i]);
            VarInt.write(out, labelCode(example, i));
        }
        if (example.positionIds() != null) {
            for (int position : example.positionIds()) {
                VarInt.write(out, position);
            }
        }
        if (example.branches() != null) {
            VarInt.write(out, example.branches().chosenStart());
            VarInt.write(out, example.branches().rejectedStart());
        }
    }

    /** Adds the examples {@code from} to {@code to - 1} of such a file to others; leaves the stream open. */
    static void read(InputStream file, int from, int to, List<TokenizedExample> all) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(file, BUFFER));
        for (int n = 0; n < to; n++) {
            TokenizedExample example = read(in);
            if (n >= from) {
                all.add(example);
            }
        }
    }

    private static TokenizedExample read(DataInputStream in) throws IOException {
        long id = in.readLong();
        int has = in.readByte();
        int[] inputIds = new int[VarInt.read(in)];
        int[] labels = new int[inputIds.length];
        for (int i = 0; i < inputIds.length; i++) {
            inputIds[i] = VarInt.read(in);
            labels[i] = label(VarInt.read(in), inputIds[i]);
        }
        int[] positions = null;
        if ((has & POSITIONS) != 0) {
            positions = new int[inputIds.length];
            for (int i = 0; i < positions.length; i++) {
                positions[i] = VarInt.read(in);
            }
        }
        PreferenceBranches branches =
                (has & BRANCHES) == 0 ? null : new PreferenceBranches(VarInt.read(in), VarInt.read(in));
        return new TokenizedExample(id, inputIds, labels, positions, branches);
    }

    /** 0: no loss; 1: the token itself, as nearly always; else the label plus 2. */
    private static int labelCode(TokenizedExample example, int i) {
        int label = example.labels()[i];
        if (label == TokenizedExample.IGNORE_INDEX) {
            return 0;
        }
        if (label < 0) {
            throw new IllegalArgumentException("example %d has the label %d; wanted a token id or %d"
                    .formatted(example.id(), label, TokenizedExample.IGNORE_INDEX));
        }
        return label == example.inputIds()[i] ? 1 : label + 2;
    }

    private static int label(int code, int inputId) {
        return switch (code) {
            case 0 -> TokenizedExample.IGNORE_INDEX;
            case 1 -> inputId;
            default -> code - 2;
        };
    }
}
