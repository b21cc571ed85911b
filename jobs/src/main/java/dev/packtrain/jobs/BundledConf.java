package dev.packtrain.jobs;

import dev.packtrain.packing.BadInputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files of {@code conf/}, which travel in the jar: a notebook or a program needs no checkout to use them. */
public final class BundledConf {
    private static final String CONF = "/dev/packtrain/jobs/conf/";

    private BundledConf() {}

    /**
     * Copies a file to where it can be read and changed; replaces an earlier copy.
     *
     * @param name below {@code conf/}, such as {@code models/llama-tiny.json}
     * @param directory made if missing
     * @return the copy, {@code directory} and the last part of {@code name}
     * @throws BadInputException if there is no such file
     */
    public static Path copy(String name, Path directory) throws IOException {
        Path target = Files.createDirectories(directory)
                .resolve(Path.of(name).getFileName().toString());
        Files.write(target, bytes(name));
        return target;
    }

    /**
     * Reads a file.
     *
     * @param name below {@code conf/}
     * @throws BadInputException if there is no such file
     */
    public static String text(String name) throws IOException {
        return new String(bytes(name), StandardCharsets.UTF_8);
    }

    private static byte[] bytes(String name) throws IOException {
        try (InputStream in = BundledConf.class.getResourceAsStream(CONF + name)) {
            if (in == null) {
                throw new BadInputException(
                        "conf/%s is not in Packtrain's jar; give a name below conf/, such as models/llama-tiny.json"
                                .formatted(name));
            }
            return in.readAllBytes();
        }
    }
}
