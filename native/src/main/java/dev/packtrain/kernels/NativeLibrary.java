package dev.packtrain.kernels;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;

/**
 * Loads the kernels' shared library from the class path, once a process (more exactly: once a class loader).
 *
 * <p>The library is checked against the SHA-256 recorded when it was built, written into a new directory that only this
 * user can enter, loaded, and deleted at once: the mapping stays valid, and nothing is left behind, however the process
 * ends.
 */
public final class NativeLibrary {
    private static final String FILE_NAME = "libpacktrain_kernels.so";

    private NativeLibrary() {}

    /** What the one attempt to load left behind: nothing, or why it failed. */
    private static final class Attempt {
        static final Optional<KernelUnavailableException> FAILURE = tryToLoad();
    }

    /**
     * Makes sure that the library is loaded.
     *
     * @throws KernelUnavailableException if it cannot be, with the reason; each call says the same
     */
    public static void require() {
        Attempt.FAILURE.ifPresent(failure -> {
            throw new KernelUnavailableException(failure.getMessage(), failure);
        });
    }

    private static Optional<KernelUnavailableException> tryToLoad() {
        try {
            String platform = platform(System.getProperty("os.name"), System.getProperty("os.arch"));
            byte[] library = resource(platform, FILE_NAME);
            String recorded = new String(resource(platform, FILE_NAME + ".sha256"), StandardCharsets.US_ASCII).strip();
            verify(library, recorded);
            load(library, Path.of(System.getProperty("java.io.tmpdir")));
            return Optional.empty();
        } catch (KernelUnavailableException e) {
            return Optional.of(e);
        }
    }

    static String platform(String osName, String osArch) {
        boolean linux = osName.toLowerCase(Locale.ROOT).startsWith("linux");
        boolean x86 = osArch.equals("amd64") || osArch.equals("x86_64");
        if (linux && x86) {
            return "linux-x86_64";
        }
        throw new KernelUnavailableException("Packtrain's kernels are built for linux-x86_64 and this JVM runs on "
                + osName + " " + osArch + "; run it on a 64-bit Intel or AMD Linux machine.");
    }

    private static byte[] resource(String platform, String name) {
        String path = platform + "/" + name;
        try (InputStream in = NativeLibrary.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new KernelUnavailableException("The class path lacks dev/packtrain/kernels/" + path
                        + "; build Packtrain with 'mvn package', which compiles it.");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new KernelUnavailableException(
                    "dev/packtrain/kernels/" + path + " cannot be read from the class path (" + e.getMessage()
                            + "); the jar is damaged, copy or build it again.",
                    e);
        }
    }

    static void verify(byte[] library, String recordedSha256) {
        String actual = HexFormat.of().formatHex(sha256().digest(library));
        if (!actual.equals(recordedSha256)) {
            throw new KernelUnavailableException(FILE_NAME + " on the class path has SHA-256 " + actual + ", but "
                    + recordedSha256 + " was recorded when it was built; the jar is damaged, copy or build it again.");
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    static void load(byte[] library, Path temporaryDirectory) {
        try {
            // Created with mode 0700: nobody else can put another file in place between writing and loading.
            Path directory = Files.createTempDirectory(temporaryDirectory, "packtrain-kernels-");
            Path file = directory.resolve(FILE_NAME);
            try {
                Files.write(file, library);
                System.load(file.toAbsolutePath().toString());
            } finally {
                Files.deleteIfExists(file);
                Files.delete(directory);
            }
        } catch (IOException | UnsatisfiedLinkError e) {
            throw new KernelUnavailableException(
                    "Packtrain's kernels cannot be loaded from the temporary directory " + temporaryDirectory + " ("
                            + e.getMessage() + "); it must be writable, have 1 MB free and allow execution,"
                            + " so set -Djava.io.tmpdir to a directory that does.",
                    e);
        }
    }
}
