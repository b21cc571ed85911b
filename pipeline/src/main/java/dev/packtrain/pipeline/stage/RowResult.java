package dev.packtrain.pipeline.stage;

import dev.packtrain.packing.TokenizedExample;
import dev.packtrain.pipeline.encode.DroppedTokens;
import dev.packtrain.pipeline.encode.Encoded;
import dev.packtrain.pipeline.source.Reject;
import dev.packtrain.pipeline.source.RejectReason;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What became of a row, and the bytes in which it travels from the task that tokenised it to the one that packs it. */
sealed interface RowResult {
    /** The row is an example. */
    record Kept(Encoded encoded) implements RowResult {}

    /**
     * The row is put aside.
     *
     * @param reason why
     * @param sentence file, line and reason
     * @param jsonLine for the file of rejected rows
     */
    record Rejected(RejectReason reason, String sentence, String jsonLine) implements RowResult {
        static Rejected of(Reject reject) {
            return new Rejected(reject.reason(), reject.toSentence(), reject.toJsonLine());
        }
    }

    private static void writeInts(DataOutputStream out, int[] values) throws IOException {
        for (int value : values) {
            out.writeInt(value);
        }
    }

    private static int[] readInts(DataInputStream in, int length) throws IOException {
        int[] values = new int[length];
        for (int i = 0; i < length; i++) {
            values[i] = in.readInt();
        }
        return values;
    }

    private static void writeText(DataOutputStream out, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.writeInt(bytes.length);
        out.write(bytes);
    }

    private static String readText(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.readInt()), StandardCharsets.UTF_8);
    }

    /** As bytes, without the row's number, which is the key they travel under. */
    static byte[] toBytes(RowResult result) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            if (result instanceof Kept kept) {
                out.writeByte(1);
                DroppedTokens dropped = kept.encoded().dropped();
                writeInts(out, new int[] {dropped.source(), dropped.target(), dropped.turns(), dropped.remainder()});
                out.writeInt(kept.encoded().examples().size());
                for (TokenizedExample example : kept.encoded().examples()) {
                    out.writeInt(example.length());
                    writeInts(out, example.inputIds());
                    writeInts(out, example.labels());
                }
            } else if (result instanceof Rejected rejected) {
                out.writeByte(0);
                writeText(out, rejected.reason().name());
                writeText(out, rejected.sentence());
                writeText(out, rejected.jsonLine());
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return bytes.toByteArray();
    }

    /** From {@link #toBytes}. */
    static RowResult fromBytes(long id, byte[] bytes) {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
            if (in.readByte() == 0) {
                RejectReason reason = RejectReason.valueOf(readText(in));
                return new Rejected(reason, readText(in), readText(in));
            }
            int[] dropped = readInts(in, 4);
            List<TokenizedExample> examples = new ArrayList<>();
            for (int numLeft = in.readInt(); numLeft > 0; numLeft--) {
                int length = in.readInt();
                int[] inputIds = readInts(in, length);
                examples.add(new TokenizedExample(id, inputIds, readInts(in, length)));
            }
            return new Kept(new Encoded(examples, new DroppedTokens(dropped[0], dropped[1], dropped[2], dropped[3])));
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
