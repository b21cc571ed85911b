package dev.packtrain.pipeline.source;

/**
 * A line of a file, unchecked.
 *
 * @param bytes without its line end; of a line that is too long only the beginning
 * @param length bytes of the whole line
 */
record RawLine(byte[] bytes, long length) {
    /** Whether there is more of the line than {@link #bytes}. */
    boolean isCut() {
        return length > bytes.length;
    }

    /** Whether it holds nothing but white space, so that it is no row. */
    boolean isBlank() {
        if (isCut()) {
            return false;
        }
        for (byte b : bytes) {
            if (!isSpace(b)) {
                return false;
            }
        }
        return true;
    }

    /** What a blank line may hold. */
    static boolean isSpace(byte b) {
        return b == ' ' || b == '\t' || b == '\r';
    }
}
