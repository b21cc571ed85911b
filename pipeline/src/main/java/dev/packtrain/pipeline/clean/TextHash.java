package dev.packtrain.pipeline.clean;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The first 128 bits of a SHA-256. Among 10^12 different texts two share it with probability 10^-15, and nobody can make
 * two that do.
 *
 * @param high the first 64 bits
 * @param low the next 64
 */
record TextHash(long high, long low) {
    /** Of a record's roles and texts, each after its length, so that no two lists of them run together alike. */
    static TextHash of(CleanRecord record, TextNormalization normalization) {
        MessageDigest sha = sha256();
        for (CleanRecord.Part part : record.parts()) {
            update(sha, part.role());
            update(sha, normalization.apply(part.text()));
        }
        return finish(sha);
    }

    /** Of some texts in order. */
    static TextHash of(String... texts) {
        MessageDigest sha = sha256();
        for (String text : texts) {
            update(sha, text);
        }
        return finish(sha);
    }

    /** A number in [0, 1) that is a function of the hash, evenly distributed over texts. */
    double unit() {
        return (high >>> 11) * 0x1.0p-53;
    }

    private static void update(MessageDigest sha, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        sha.update(bytes);
    }

    private static TextHash finish(MessageDigest sha) {
        ByteBuffer digest = ByteBuffer.wrap(sha.digest());
        return new TextHash(digest.getLong(), digest.getLong());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has SHA-256", impossible);
        }
    }
}
