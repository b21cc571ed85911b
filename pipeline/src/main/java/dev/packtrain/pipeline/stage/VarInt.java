package dev.packtrain.pipeline.stage;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Integers in as many bytes as they need: seven bits a byte, the lowest first; the eighth says that more follow. */
final class VarInt {
    private static final int MORE = 0x80;
    private static final int BITS = 7;

    private VarInt() {}

    static void write(OutputStream out, int value) throws IOException {
        int rest = value;
        while ((rest & -MORE) != 0) {
            out.write((rest & (MORE - 1)) | MORE);
            rest >>>= BITS;
        }
        out.write(rest);
    }

    static int read(InputStream in) throws IOException {
        int value = 0;
        int shift = 0;
        int next = MORE;
        while (next >= MORE) {
            next = in.read();
            if (next < 0) {
                throw new EOFException("the bytes end inside an integer");
            }
            value |= (next & (MORE - 1)) << shift;
            shift += BITS;
        }
        return value;
    }
}
